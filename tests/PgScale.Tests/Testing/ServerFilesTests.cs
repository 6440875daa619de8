using System.Buffers.Binary;
using System.Numerics;
using Npgsql;
using PgScale.Testing;
using PgScale.Testing.PgBouncer;
using PgScale.Testing.Postgres;
using PgScale.Testing.Redis;

namespace PgScale.Tests.Testing;

/// <summary>Files that are written for servers and read from them.</summary>
public sealed class ServerFilesTests
{
    private static readonly string[] Postmaster =
        ["4711", "/data", "1700000000", "20000", "", "127.0.0.1", "     45678        32", "ready   "];

    [Test]
    public void A_setting_with_quotes_stays_one_value()
    {
        ServerSettings settings = new([new("log_line_prefix", "it's")], durable: false);

        Assert.That(settings.ToString(), Does.Contain("log_line_prefix = 'it''s'\n"));
    }

    [Test]
    public void A_users_setting_wins_and_can_be_removed()
    {
        ServerSettings settings = new([new("FSYNC", "on")], durable: false);
        Assert.That(settings["fsync"], Is.EqualTo("on"));

        settings["fsync"] = null;

        Assert.That(settings.ToString(), Does.Not.Contain("fsync"));
    }

    [TestCase(true, "on")]
    [TestCase(false, "off")]
    public void Durability_is_a_matter_of_two_settings(bool durable, string value)
    {
        ServerSettings settings = new([], durable);

        Assert.That(settings["fsync"], Is.EqualTo(value));
        Assert.That(settings["full_page_writes"], Is.EqualTo(value));
    }

    [Test]
    public void The_lock_file_tells_process_memory_and_readiness() =>
        Assert.That(PostmasterFile.Parse(Postmaster), Is.EqualTo(new PostmasterFile(4711, 32, "ready")).And.Property(nameof(PostmasterFile.IsReady)).True);

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(7)]
    public void A_lock_file_that_is_still_being_written_is_not_ready(int lines) =>
        Assert.That(PostmasterFile.Parse(Postmaster[..lines])?.IsReady, Is.Not.True);

    [Test]
    public void A_standby_that_is_not_consistent_is_not_ready() =>
        Assert.That(PostmasterFile.Parse([.. Postmaster[..7], "standby "])!.IsReady, Is.False);

    [TestCase(288)]
    [TestCase(292)]
    [TestCase(100)]
    public void A_system_identifier_is_changed_with_its_checksum_wherever_that_is(int checksumAt)
    {
        var control = new byte[8192];
        new Random(checksumAt).NextBytes(control.AsSpan(0, checksumAt));
        BinaryPrimitives.WriteUInt32LittleEndian(control.AsSpan(checksumAt), Crc(control.AsSpan(0, checksumAt)));

        SystemIdentifier.Rewrite(control, 42);

        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(control), Is.EqualTo(42));
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(control.AsSpan(checksumAt)), Is.EqualTo(Crc(control.AsSpan(0, checksumAt))));
    }

    [Test]
    public void A_control_file_in_another_form_is_left_alone()
    {
        var control = new byte[512];
        new Random(1).NextBytes(control);

        Assert.That(() => SystemIdentifier.Rewrite(control, 42), Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public void PgBouncer_pools_by_transaction_and_ignores_no_parameter_unless_told()
    {
        NpgsqlConnectionStringBuilder server = new() { Host = "127.0.0.1", Port = 20000, Username = "postgres", Password = "secret" };
        PgBouncerOptions options = new() { PoolSize = 3, Settings = { ["server_idle_timeout"] = "7" } };

        var text = PgBouncerFiles.Configuration(6432, "/folder/userlist.txt", server, options);

        Assert.That(text, Does.Contain("* = host=127.0.0.1 port=20000\n").And.Contain("pool_mode = transaction\n").And.Contain("default_pool_size = 3\n"));
        Assert.That(text, Does.Contain("ignore_startup_parameters = \n").And.Contain("server_idle_timeout = 7\n").And.Not.Contain("secret"));
    }

    [Test]
    public void PgBouncers_version_is_read_from_its_first_line() =>
        Assert.That(PgBouncerServer.ReadVersion("PgBouncer 1.18.0\nlibevent 2.1.12-stable"), Is.EqualTo(new Version(1, 18, 0)));

    [Test]
    public void Redis_settings_with_blanks_are_quoted()
    {
        RedisServerOptions options = new() { Persistent = true, Settings = { ["client-output-buffer-limit"] = "normal 0 0 0" } };

        var text = RedisConfiguration.Text("/folder", 6379, "secret", options);

        Assert.That(text, Does.Contain("client-output-buffer-limit \"normal 0 0 0\"\n").And.Contain("appendonly yes\n").And.Contain("save \"\"\n"));
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
