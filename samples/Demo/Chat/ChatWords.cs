namespace PgScale.Samples.Demo.Chat;

/// <summary>What people are called and what they write.</summary>
internal static class ChatWords
{
    private static readonly string[] FirstNames =
    [
        "Ada", "Amir", "Björn", "Carla", "Chidi", "Dana", "Elif", "Emeka", "Fatima", "Goran", "Hana", "Ines", "Ivan", "Jorge", "Kaito", "Lena",
        "Liam", "Mei", "Mina", "Noah", "Nora", "Omar", "Paula", "Priya", "Quinn", "Rosa", "Sami", "Sofia", "Tomás", "Uma", "Viktor", "Yara",
    ];

    private static readonly string[] LastNames =
    [
        "Abe", "Ali", "Bauer", "Costa", "Diaz", "Eze", "Fischer", "García", "Haddad", "Ito", "Jansen", "Kaya", "Kim", "Kovač", "Lopez", "Meyer",
        "Moreau", "Novak", "Okafor", "Olsen", "Park", "Patel", "Quist", "Rossi", "Sato", "Silva", "Singh", "Tanaka", "Vega", "Weber", "Wong", "Zhou",
    ];

    private static readonly string[] Openings =
    [
        "Morning!", "Quick question:", "Good news,", "Sorry, I am late,", "Just saw it:", "Heads up,", "Thanks!", "Hm,", "As agreed,", "By the way,",
        "Done,", "One more thing:", "Yes,", "I checked:", "Could you look?", "For tomorrow:",
    ];

    private static readonly string[] Matters =
    [
        "the release goes out at four", "the invoice is still open", "the train is twenty minutes late", "lunch is at the place round the corner",
        "the test on the second server is green again", "the customer wants the report by Friday", "I put the photos into the shared folder",
        "the meeting moves to room 4", "the new colleague starts on Monday", "the price in the offer was wrong", "the parcel came back",
        "the numbers for March look better than we thought", "someone left the lights on", "the door code has changed",
        "the slides need one more page about costs", "the backup ran through last night",
    ];

    private static readonly string[] Closings = ["", "", "", " 👍", " Can you confirm?", " See you there.", " No hurry.", " Talk later!"];

    private static readonly string[] Topics =
        ["Release", "Weekend", "Invoices", "On call", "Lunch", "Support", "Hiring", "Book club", "Data", "Family", "Running", "Design"];

    public static string FullName(Random random) => $"{Pick(FirstNames, random)} {Pick(LastNames, random)}";

    public static string Topic(Random random) => $"{Pick(Topics, random)} {random.Next(1, 1000)}";

    public static string Message(Random random) => string.Concat(Pick(Openings, random), " ", Pick(Matters, random), Pick(Closings, random));

    private static string Pick(string[] words, Random random) => words[random.Next(words.Length)];
}
