using System.Text;

namespace PgScale.IntegrationTests.Packages;

/// <summary>docs/getting-started.md as something to carry out: its commands in their order, and its program where it is to be put.</summary>
internal sealed record GettingStartedPage(string Script, string Program, string Output)
{
    public static GettingStartedPage Parse(string text)
    {
        StringBuilder script = new("set -euo pipefail\n");
        string program = "", output = "";
        foreach (var (language, content) in Blocks(text))
        {
            switch (language)
            {
                case "bash":
                    script.Append(content);
                    break;
                case "csharp":
                    program = content;
                    script.Append("cp \"$PROGRAM\" Program.cs\n");
                    break;
                case "text":
                    output = content.Trim();
                    break;
            }
        }

        return new(script.ToString(), program, output);
    }

    private static IEnumerable<(string Language, string Content)> Blocks(string text) => text
        .Split("```")
        .Where((_, index) => index % 2 == 1)
        .Select(block => block.Split('\n', 2))
        .Select(parts => (parts[0], parts[1]));
}
