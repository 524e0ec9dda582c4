-- Dates as Japanese offices write them, for the texts that are made here: 令和8年11月3日, and 元年 for the first year.
-- Before 令和 the year of the Common Era.
CREATE OR REPLACE FUNCTION api.wareki_year(day date) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN day < '2019-05-01' THEN extract(year FROM day)::text
                WHEN day < '2020-01-01' THEN '令和元' ELSE '令和' || extract(year FROM day) - 2018 END || '年'
$$;

CREATE OR REPLACE FUNCTION api.wareki_month(month date) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT api.wareki_year(month) || to_char(month, 'FMMM月')
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
