namespace LeanChat.Web;

internal sealed record ErrorBody(string Error, string Message);
