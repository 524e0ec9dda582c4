-- statement: health_schema_serves(program int)
SELECT api.schema_serves(:program)
