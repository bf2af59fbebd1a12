namespace LeanChat.Admins;

/// <summary>What happened on the last days.</summary>
/// <param name="TimeZone">In which the days are days.</param>
/// <param name="Days">Oldest first, today last.</param>
/// <param name="Pages">Where conversations began, the most frequent first.</param>
/// <param name="Hours">How many conversations began in each hour of the day.</param>
internal sealed record Numbers(
    string TimeZone, IReadOnlyList<NumbersDay> Days, IReadOnlyList<PageCount> Pages, IReadOnlyList<int> Hours);

/// <summary>
/// One day. Messages and ratings are of this day; everything else is told of the conversations that began on it. Times are whole seconds;
/// null: nobody has replied.
/// </summary>
/// <param name="AnsweredByChat">Conversations whose first reply the user read in the chat, or may still read there.</param>
/// <param name="AnsweredByLetter">Those where it was sent to the user as an e-mail.</param>
/// <param name="Missed">Those that had no reply for a day, and were not archived before.</param>
internal sealed record NumbersDay(
    string Date, int Conversations, long UserMessages, long AdminMessages, long? FirstReplyMedian, long? FirstReplyP90,
    long? FirstReplyOpenMedian, long? FirstReplyOpenP90, int AnsweredByChat, int AnsweredByLetter, int Missed, RatingCounts Ratings);

/// <summary>How many users were content.</summary>
internal sealed record RatingCounts(int Good, int Bad);

/// <summary>How many conversations began on a page.</summary>
internal sealed record PageCount(string Url, int Conversations);
