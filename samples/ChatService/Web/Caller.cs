namespace PgScale.Samples.ChatService.Web;

/// <summary>Who asks. A stand-in: your service takes the id from the signed-in user.</summary>
internal static class Caller
{
    private const string Header = "X-User";

    public static long? IdOf(HttpContext context) => long.TryParse(context.Request.Headers[Header], out var id) ? id : null;
}
