using PgScale.Buffering;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>Rows that their table refuses.</summary>
internal sealed class PoisonTests
{
    private const string Columns =
        "id bigint PRIMARY KEY, text varchar(100) NOT NULL, level integer CHECK (level >= 0), parent bigint REFERENCES parent_of_poison, data jsonb, late bigint UNIQUE DEFERRABLE INITIALLY DEFERRED";

    private static readonly Dictionary<string, (Poisoned Row, string? State)> Kinds = new(StringComparer.Ordinal)
    {
        ["null"] = (new(0) { Text = null }, "23502"),
        ["check"] = (new(0) { Level = -1 }, "23514"),
        ["unique"] = (new(-7), "23505"),
        ["too_long"] = (new(0) { Text = new string('x', 101) }, "22001"),
        ["zero_byte"] = (new(0) { Text = "a\0b" }, "22021"),
        ["json"] = (new(0) { Data = "{no json" }, "22P02"),
        ["json_zero"] = (new(0) { Data = """{"k": "\u0000"}""" }, "22P05"),
        ["surrogate"] = (new(0) { Text = "half \ud800" }, null),
        ["selector"] = (new(0) { Throws = true }, null),
        ["foreign_key"] = (new(0) { Parent = 999 }, "23503"),
        ["deferred"] = (new(0) { Late = -1 }, "23505"),
    };

    private static IEnumerable<TestCaseData> EachKind() =>
        from kind in Kinds.Keys
        from place in new[] { 0, 1_733, 2_999 }
        select new TestCaseData(kind, place, 3_000).SetName($"Bad_row_is_a_dead_letter_and_all_others_are_written({kind}, {place} of 3000)");

    private static IEnumerable<TestCaseData> EachKindInAFew() =>
        from kind in Kinds.Keys
        select new TestCaseData(kind, 7, 20).SetName($"Bad_row_is_a_dead_letter_and_all_others_are_written({kind}, 7 of 20)");

    [OneTimeSetUp]
    public async Task CreateParentAsync()
    {
        var cluster = await BufferCluster.GetAsync();
        await cluster.Primary.ExecuteAsync("CREATE TABLE parent_of_poison (id bigint PRIMARY KEY)");
        await cluster.Primary.ExecuteAsync("INSERT INTO parent_of_poison VALUES (1)");
    }

    [TestCaseSource(nameof(EachKind))]
    [TestCaseSource(nameof(EachKindInAFew))]
    public async Task Bad_row(string kind, int place, int rows)
    {
        var (poison, state) = Kinds[kind];
        var table = await CreateAsync();
        List<DeadLetter> letters = [];
        await using var buffered = await StartAsync(table, letters.Add);
        var result = await FlushAsync(buffered, rows, place, poison);
        Assert.That((result.Rows, result.DeadLetters, await CountAsync(table)), Is.EqualTo((rows - 1L, 1L, (long)rows))); // with the row that was there
        Assert.That(letters, Has.Count.EqualTo(1));
        Assert.That(letters[0].SqlState, Is.EqualTo(state));
        Assert.That(letters[0].Item, Is.EqualTo(poison.Id == 0 ? poison with { Id = place + 1 } : poison));
    }

    [TestCase("check", 2)]
    [TestCase("json", 2)]
    [TestCase("foreign_key", 4)] // what failed, what is before the bad row, the row by itself, what is behind it
    [TestCase("deferred", 4)]
    public async Task Few_more_statements_are_needed_for_one_bad_row_in_5000(string kind, int most)
    {
        var table = await CreateAsync();
        var before = await CopiesAsync();
        await using var buffered = await StartAsync(table, _ => { });
        await FlushAsync(buffered, 5_000, 4_321, Kinds[kind].Row);
        Assert.That(await CopiesAsync() - before, Is.LessThanOrEqualTo(most));
    }

    [Test]
    public async Task Many_bad_rows_of_many_kinds_are_all_found()
    {
        var table = await CreateAsync();
        List<DeadLetter> letters = [];
        await using var buffered = await StartAsync(table, letters.Add);
        var kinds = Kinds.Where(kind => kind.Key is not ("unique" or "deferred")).Select(kind => kind.Value.Row).ToArray();
        var buffer = buffered.Get<Poisoned>();
        for (var id = 1; id <= 2_000; id++)
        {
            Assert.That(buffer.TryEnqueue(id % 100 == 0 ? kinds[id / 100 % kinds.Length] with { Id = id } : new(id)), Is.True);
        }

        var result = await buffer.FlushAsync();
        Assert.That((result.Rows, result.DeadLetters, await CountAsync(table)), Is.EqualTo((1_980L, 20L, 1_981L)));
        Assert.That(letters.Select(letter => ((Poisoned)letter.Item!).Id).Order(), Is.EqualTo(Enumerable.Range(1, 20).Select(index => index * 100L)));
    }

    [Test]
    public async Task Rows_that_seem_to_break_a_foreign_key_and_are_changed_by_a_trigger_are_written()
    {
        var table = await CreateAsync();
        var primary = (await BufferCluster.GetAsync()).Primary;
        await primary.ExecuteAsync($"CREATE FUNCTION adopt_{table}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.parent = 500 THEN NEW.parent = 1; END IF; RETURN NEW; END'");
        await primary.ExecuteAsync($"CREATE TRIGGER adopts BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION adopt_{table}()");
        List<DeadLetter> letters = [];
        await using var buffered = await StartAsync(table, letters.Add);
        for (var id = 1; id <= 2_000; id++)
        {
            buffered.Get<Poisoned>().TryEnqueue(new(id) { Parent = id % 400 == 7 ? 500 : id == 1_234 ? 999 : 1 });
        }

        var result = await buffered.Get<Poisoned>().FlushAsync();
        Assert.That((result.Rows, result.DeadLetters, await CountAsync(table)), Is.EqualTo((1_999L, 1L, 2_000L)));
        Assert.That(letters.Select(letter => ((Poisoned)letter.Item!).Id), Is.EqualTo(new[] { 1_234L }));
    }

    [Test]
    public async Task Foreign_key_that_a_trigger_breaks_is_found_by_halving()
    {
        var table = await CreateAsync();
        var primary = (await BufferCluster.GetAsync()).Primary;
        await primary.ExecuteAsync($"CREATE FUNCTION orphan_{table}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 78 THEN NEW.parent = 999; END IF; RETURN NEW; END'");
        await primary.ExecuteAsync($"CREATE TRIGGER orphans BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION orphan_{table}()");
        List<DeadLetter> letters = [];
        await using var buffered = await StartAsync(table, letters.Add);
        var result = await FlushAsync(buffered, 2_000, 77, new(0));
        Assert.That((result.Rows, result.DeadLetters, await CountAsync(table)), Is.EqualTo((1_999L, 1L, 2_000L)));
        Assert.That(letters.Select(letter => letter.SqlState), Is.EqualTo(new[] { "23503" }));
    }

    [Test]
    public async Task Dead_letter_that_its_target_refuses_is_given_up_and_takes_no_row_with_it()
    {
        var table = await CreateAsync();
        await using var buffered = await StartAsync(table, _ => throw new FormatException("not this one"));
        var result = await FlushAsync(buffered, 2_000, 77, Kinds["check"].Row);
        Assert.That((result.Rows, result.DeadLetters, await CountAsync(table), buffered.Log.Count(4006)), Is.EqualTo((1_999L, 1L, 2_000L, 1)));
    }

    [Test]
    public async Task Dead_letters_are_kept_in_a_table_without_being_asked_for()
    {
        var table = await CreateAsync();
        await using var buffered = await StartAsync(table, keep: null);
        await FlushAsync(buffered, 10, 3, Kinds["zero_byte"].Row);
        Assert.That(
            await BufferCluster.RowsAsync($"SELECT buffer, item::jsonb ->> 'id', sql_state FROM (SELECT buffer, replace(item, '\\u0000', '') AS item, sql_state FROM pgscale.dead_letter WHERE target = '{table}') AS letter"),
            Is.EqualTo(new[] { new object[] { "Poisoned", "4", "22021" } }));
        Assert.That(buffered.Log.Count(4005), Is.EqualTo(1));
    }

    [Test]
    public async Task Dead_letters_may_be_kept_in_a_file()
    {
        var table = await CreateAsync();
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{table}.jsonl");
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Poisoned>(to => Map(to, table).DeadLetterTo(file)));
        await FlushAsync(buffered, 10, 3, Kinds["check"].Row);
        using var letter = System.Text.Json.JsonDocument.Parse(await File.ReadAllTextAsync(file));
        Assert.That(letter.RootElement.GetProperty("sql_state").GetString(), Is.EqualTo("23514"));
        File.Delete(file);
    }

    [Test]
    public async Task Merged_row_that_is_refused_does_not_take_others_with_it()
    {
        var table = await BufferCluster.CreateTableAsync("id bigint PRIMARY KEY, hits integer NOT NULL CHECK (hits < 50)");
        List<DeadLetter> letters = [];
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Hit>(to =>
        {
            to.MergeInto(table).Key("id", hit => hit.Conversation).Sum("hits", hit => hit.Conversation);
            to.DeadLetterTo((letter, _) =>
            {
                letters.Add(letter);
                return default;
            });
        }));
        for (var id = 1; id <= 51; id++)
        {
            buffered.Get<Hit>().TryEnqueue(new(id, default));
        }

        var result = await buffered.Get<Hit>().FlushAsync();
        Assert.That((result.Rows, result.DeadLetters), Is.EqualTo((49L, 2L)));
        Assert.That(letters.Select(letter => letter.Json), Is.EquivalentTo(new[] { """{"id":50,"hits":50}""", """{"id":51,"hits":51}""" }));
    }

    [Test]
    public async Task Table_that_is_missing_is_said_once_and_kills_no_row()
    {
        var table = await CreateAsync();
        var cluster = await BufferCluster.GetAsync();
        List<DeadLetter> letters = [];
        await using var buffered = await StartAsync(table, letters.Add);
        await cluster.Primary.ExecuteAsync($"ALTER TABLE {table} RENAME TO {table}_away");
        buffered.Get<Poisoned>().TryEnqueue(new(1));
        Assert.That(async () => await buffered.Get<Poisoned>().FlushAsync(), Throws.InstanceOf<BufferStoppedException>().With.Message.Contains(table));
        await cluster.Primary.ExecuteAsync($"ALTER TABLE {table}_away RENAME TO {table}");
        await Testing.Eventually.IsTrueAsync(async () => await CountAsync(table) == 2, "the row is there");
        await Testing.Eventually.IsTrueAsync(() => buffered.Log.Count(4003) == 1, "it says that it is well");
        Assert.That((letters.Count, buffered.Log.Count(4002)), Is.EqualTo((0, 1)));
    }

    private static async Task<string> CreateAsync()
    {
        var table = await BufferCluster.CreateTableAsync(Columns, "poison");
        await (await BufferCluster.GetAsync()).Primary.ExecuteAsync($"INSERT INTO {table} (id, text, late) VALUES (-7, 'there', -1)");
        return table;
    }

    private static async Task<Buffered> StartAsync(string table, Action<DeadLetter>? keep) =>
        await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Poisoned>(to =>
        {
            Map(to, table);
            if (keep is not null)
            {
                to.DeadLetterTo((letter, _) =>
                {
                    keep(letter);
                    return default;
                });
            }
        }, options => (options.FlushInterval, options.MaxConnections, options.RetryDelay) = (TimeSpan.FromMinutes(1), 1, TimeSpan.FromMilliseconds(20))));

    private static LazyWriteBufferBuilder<Poisoned> Map(LazyWriteBufferBuilder<Poisoned> to, string table)
    {
        to.AppendTo(table)
            .Column("id", row => row.Throws ? throw new InvalidOperationException("the selector throws") : row.Id)
            .Column("text", row => row.Text)
            .Column("level", row => row.Level)
            .Column("parent", row => row.Parent)
            .Column("data", row => row.Data)
            .Column("late", row => row.Late);
        return to;
    }

    private static async Task<FlushResult> FlushAsync(Buffered buffered, int rows, int place, Poisoned poison)
    {
        for (var row = 0; row < rows; row++)
        {
            buffered.Get<Poisoned>().TryEnqueue(row == place ? (poison.Id == 0 ? poison with { Id = row + 1 } : poison) : new(row + 1));
        }

        return await buffered.Get<Poisoned>().FlushAsync();
    }

    private static Task<long> CountAsync(string table) => BufferCluster.ScalarAsync<long>($"SELECT count(*) FROM {table}");

    // Those that failed are in the server's log; of those that were committed each has a number in the ledger.
    private static async Task<long> CopiesAsync()
    {
        var log = await File.ReadAllTextAsync((await BufferCluster.GetAsync()).Primary.LogFile);
        return log.Split("STATEMENT:  COPY \"poison_").Length - 1 + await BufferCluster.ScalarAsync<long>("SELECT coalesce(sum(batch), 0)::bigint FROM pgscale.flushed_batch");
    }

    private sealed record Poisoned(long Id)
    {
        public string? Text { get; init; } = "fine";

        public int Level { get; init; }

        public long? Parent { get; init; } = 1;

        public string? Data { get; init; } = "{}";

        public long? Late { get; init; }

        public bool Throws { get; init; }
    }
}
