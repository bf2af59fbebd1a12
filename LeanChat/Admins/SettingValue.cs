using System.Text.Json.Serialization;

namespace LeanChat.Admins;

/// <param name="Set">Only for a secret, whose value is never sent: whether it is set.</param>
internal sealed record SettingValue(
    string Value, bool Fixed, string About, IReadOnlyList<string>? Choices,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Set);
