using System.Collections.Frozen;

namespace PgScale.Ddl.Text;

/// <summary>What came with PostgreSQL and is known by its name alone, for judgements without a server.</summary>
internal static class SqlBuiltIn
{
    /// <summary>Types that are no domains.</summary>
    public static FrozenSet<string> Types { get; } = Set(
        """
        int2 int4 int8 float4 float8 numeric bool text varchar bpchar char name bytea uuid json jsonb xml date time timetz timestamp
        timestamptz interval inet cidr macaddr macaddr8 point line lseg box path polygon circle tsvector tsquery bit varbit money oid
        int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange tsmultirange tstzmultirange
        datemultirange regclass regtype regproc pg_lsn txid_snapshot pg_snapshot jsonpath serial bigserial smallserial serial2 serial4 serial8
        """);

    /// <summary>Functions that may give another value in each row: a default that calls one rewrites the table.</summary>
    public static FrozenSet<string> VolatileFunctions { get; } = Set(
        """
        random random_normal gen_random_uuid uuidv4 uuidv7 uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 clock_timestamp timeofday nextval
        currval lastval setval pg_sleep gen_random_bytes gen_salt txid_current pg_current_xact_id setseed
        """);

    /// <summary>Functions whose value is the same in all rows of one statement: a default that calls only such is computed once.</summary>
    public static FrozenSet<string> StableFunctions { get; } = Set(
        """
        now transaction_timestamp statement_timestamp current_database current_setting current_schema version to_char to_date to_timestamp
        to_number date_trunc date_part make_date make_time make_timestamp make_timestamptz make_interval age lower upper initcap length
        char_length concat concat_ws format replace repeat left right substr substring btrim ltrim rtrim lpad rpad md5 sha224 sha256 sha384
        sha512 encode decode abs ceil ceiling floor round trunc mod power sqrt exp ln log sign div gcd lcm greatest least coalesce nullif
        jsonb_build_object jsonb_build_array json_build_object json_build_array to_json to_jsonb array_length array_append array_cat
        cardinality string_to_array split_part timezone extract position trim cast int4range int8range numrange tsrange tstzrange daterange
        to_tsvector hashtext justify_days justify_hours justify_interval array_position array_to_string array_fill chr ascii strpos reverse
        pg_backend_pid inet_client_addr inet_server_addr isfinite width_bucket
        """);

    private static FrozenSet<string> Set(string names) =>
        names.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToFrozenSet(StringComparer.Ordinal);
}
