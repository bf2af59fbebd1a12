namespace LeanChat.Admins;

internal sealed record LoginBody(string? Email, string? Password, string? Code);

internal sealed record SetupBody(string? Token, string? Email, string? Password, string? Name);

internal sealed record PasswordBody(string? CurrentPassword, string? Password);

internal sealed record ForgotBody(string? Email);

internal sealed record ResetBody(string? Token, string? Password);

internal sealed record InviteBody(string? Email);

internal sealed record AcceptBody(string? Token, string? Password, string? Name);

internal sealed record CodeBody(string? Code);
