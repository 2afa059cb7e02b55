namespace GpuLstm.Data;

/// <summary>A file of tweets, read whole.</summary>
/// <param name="Tweets">Its records.</param>
/// <param name="Sha256">Of all its bytes, in hexadecimal.</param>
public sealed record TweetFileContent(IReadOnlyList<Tweet> Tweets, string Sha256);
