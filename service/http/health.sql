-- statement: health_schema_serves(program int, code text)
SELECT api.schema_serves(:program, :code)
