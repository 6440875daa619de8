namespace PgScale.Samples.ChatService.Demo.Traffic;

/// <summary>Somebody with a browser: keeps its cookie, does one thing after the other, and looks for what was just written.</summary>
internal sealed class Person(long user, HttpClient http, Books books, TimeProvider time)
{
    private string _cookie = "";

    /// <summary>What is being done, and everything before it.</summary>
    public Task Last { get; private set; } = Task.CompletedTask;

    /// <summary>Does something as soon as everything before it is done; its time counts from now, so that a stall is felt by all who come after it.</summary>
    public void Ask(RequestKind kind, long target) => Last = AskAsync(Last, kind, target, time.GetTimestamp());

    private async Task AskAsync(Task before, RequestKind kind, long target, long dueAt)
    {
        await before;
        var isWrite = kind is RequestKind.Send or RequestKind.Rename;
        try
        {
            var check = await ActAsync(kind, target);
            books.Tally.Add(time.GetElapsedTime(dueAt), isWrite);
            await check();
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            books.Tally.AddFailure();
        }
    }

    private async Task<Func<Task>> ActAsync(RequestKind kind, long target)
    {
        switch (kind)
        {
            case RequestKind.Send:
                return await SendMessageAsync(target);
            case RequestKind.Rename:
                return await RenameAsync();
            default:
                await ReadAsync(PathOf(kind, target));
                return () => Task.CompletedTask;
        }
    }

    private string PathOf(RequestKind kind, long target) => kind switch
    {
        RequestKind.ReadMessages => $"/conversations/{target}/messages",
        RequestKind.ReadConversation => $"/conversations/{target}",
        RequestKind.ListConversations => $"/users/{user}/conversations",
        _ => $"/users/{target}",
    };

    private async Task<Func<Task>> SendMessageAsync(long conversation)
    {
        var id = Guid.CreateVersion7(time.GetUtcNow());
        await SendAsync(HttpMethod.Post, $"/conversations/{conversation}/messages", new { id, body = "Good news, the test on the second server is green again." });
        books.Sent.Enqueue(id);
        return () => CheckAsync($"/conversations/{conversation}/messages", id.ToString());
    }

    private async Task<Func<Task>> RenameAsync()
    {
        var name = $"User {user}, {Guid.NewGuid():N}";
        await SendAsync(HttpMethod.Put, $"/users/{user}/name", new { name });
        return () => CheckAsync($"/users/{user}", name);
    }

    private async Task CheckAsync(string path, string expected) =>
        books.Tally.AddCheck(isStale: !(await ReadAsync(path)).Contains(expected, StringComparison.Ordinal));

    private Task<string> ReadAsync(string path) => SendAsync(HttpMethod.Get, path, body: null);

    private async Task<string> SendAsync(HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("X-User", $"{user}");
        if (_cookie.Length > 0)
        {
            request.Headers.Add("Cookie", _cookie);
        }

        books.CountRequest();
        using var response = await http.SendAsync(request);
        if (response.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            _cookie = cookies.First().Split(';')[0];
        }

        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync();
    }
}
