-- Dates as Japanese offices write them, for the texts that are made here: 令和8年11月3日, and 元年 for the first year.
-- Before 昭和 the year of the Common Era.
CREATE OR REPLACE FUNCTION api.wareki_year(day date) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce((SELECT era.name || CASE extract(year FROM day) - era.zero WHEN 1 THEN '元'
                                             ELSE (extract(year FROM day) - era.zero)::text END
                       FROM (VALUES ('令和', 2018, date '2019-05-01'), ('平成', 1988, '1989-01-08'), ('昭和', 1925, '1926-12-25'))
                            era (name, zero, first)
                      WHERE day >= era.first ORDER BY era.first DESC LIMIT 1), extract(year FROM day)::text) || '年'
$$;

-- A month in which the era changed is named by its last day.
CREATE OR REPLACE FUNCTION api.wareki_month(month date) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT api.wareki_year((month + interval '1 month')::date - 1) || to_char(month, 'FMMM月')
$$;

CREATE OR REPLACE FUNCTION api.wareki_day(day date) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT api.wareki_year(day) || to_char(day, 'FMMM月FMDD日')
$$;
CREATE OR REPLACE FUNCTION api.english_day(day date) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_char(day, 'FMDD FMMonth YYYY')
$$;

CREATE OR REPLACE FUNCTION api.wareki_time(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT api.wareki_year(api.day_of(at)) || to_char(api.in_japan(at), 'FMMM月FMDD日 FMHH24:MI')
$$;

SELECT api.let_execute('kiki_service', 'english_day', 'wareki_day', 'wareki_month', 'wareki_time', 'wareki_year');
