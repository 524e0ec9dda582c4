-- Times as forms and other clocks tell them.

-- The time that somebody means who gives one, or none. Forms that know minutes or seconds only cut it, so that one in which
-- the use `began` is that moment itself; and a clock may run ahead of this one by half a minute.
CREATE OR REPLACE FUNCTION api.as_told(told timestamptz, began timestamptz DEFAULT NULL) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    present constant timestamptz := api.clock();
BEGIN
    RETURN CASE WHEN told IS NULL THEN present
                WHEN told IN (date_trunc('minute', began), date_trunc('second', began)) THEN began
                WHEN told > present AND told <= present + interval '30 seconds' THEN greatest(present, began)
                ELSE told END;
END $$;

-- When a use begins: in a minute in which the device came back from another, as soon as it was there.
CREATE OR REPLACE FUNCTION api.begun_as_told(told timestamptz, device uuid, entry uuid DEFAULT NULL) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    RETURN api.as_told(told, (
        SELECT max(upper(before.during)) FROM device_occupations before
         WHERE before.device_id = device AND before.kind = 'check_out' AND before.id IS DISTINCT FROM entry AND NOT before.open
           AND before.during && tstzrange(told, told + interval '1 minute')
           AND upper(before.during) < told + interval '1 minute'));
END $$;

SELECT api.let_execute('kiki_service', 'as_told', 'begun_as_told');
