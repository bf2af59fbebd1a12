namespace LeanChat.Admins;

internal sealed record NewAdminBody(string? Email, string? Password, string? Name);

internal sealed record AdminListItem(string Id, string Email, string? Name, bool Online, string CreatedAt);

/// <summary>The one-time link by which a colleague makes an account.</summary>
internal sealed record Invitation(string Url);
