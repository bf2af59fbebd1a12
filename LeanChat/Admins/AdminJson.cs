using System.Text.Json.Serialization;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>The JSON shapes of this folder.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LoginBody))]
[JsonSerializable(typeof(SetupBody))]
[JsonSerializable(typeof(NewAdminBody))]
[JsonSerializable(typeof(PasswordBody))]
[JsonSerializable(typeof(ForgotBody))]
[JsonSerializable(typeof(ResetBody))]
[JsonSerializable(typeof(InviteBody))]
[JsonSerializable(typeof(AcceptBody))]
[JsonSerializable(typeof(CodeBody))]
[JsonSerializable(typeof(SnoozeBody))]
[JsonSerializable(typeof(Invitation))]
[JsonSerializable(typeof(TotpSecret))]
[JsonSerializable(typeof(RecoveryCodes))]
[JsonSerializable(typeof(Numbers))]
[JsonSerializable(typeof(Dictionary<string, System.Text.Json.JsonElement>))]
[JsonSerializable(typeof(Me))]
[JsonSerializable(typeof(AdminListItem))]
[JsonSerializable(typeof(IReadOnlyList<AdminListItem>))]
[JsonSerializable(typeof(CannedReply))]
[JsonSerializable(typeof(CannedReplyBody))]
[JsonSerializable(typeof(IReadOnlyList<CannedReply>))]
[JsonSerializable(typeof(Dictionary<string, SettingValue>))]
[JsonSerializable(typeof(Dictionary<string, string?>))]
[JsonSerializable(typeof(Overview))]
[JsonSerializable(typeof(UserExport))]
[JsonSerializable(typeof(TestMailBody))]
[JsonSerializable(typeof(MailStatus))]
[JsonSerializable(typeof(MailFrame))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    /// <summary>The context in use.</summary>
    public static readonly AdminJson Strict = new(StrictJson.NewOptions());
}
