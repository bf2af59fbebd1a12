namespace LeanChat.Admins;

internal sealed record LoginBody(string? Email, string? Password);

internal sealed record SetupBody(string? Token, string? Email, string? Password, string? Name);

internal sealed record PasswordBody(string? CurrentPassword, string? Password);

internal sealed record ForgotBody(string? Email);

internal sealed record ResetBody(string? Token, string? Password);
