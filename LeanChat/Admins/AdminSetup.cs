using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>The admin's HTTP side and /ws/admin.</summary>
internal static class AdminSetup
{
    public static IServiceCollection AddAdmins(this IServiceCollection services) => services
        .AddSingleton<AdminSignIn>()
        .AddSingleton<PasswordResetApi>()
        .AddSingleton<AdminSocketEndpoint>()
        .AddSingleton<TeamApi>()
        .AddSingleton<ProfileApi>()
        .AddSingleton<ChatListApi>()
        .AddSingleton<DeskApi>()
        .AddSingleton<TranscriptApi>()
        .AddSingleton<NumbersApi>()
        .AddSingleton<UserApi>()
        .AddSingleton<CannedReplyApi>()
        .AddSingleton<SettingsApi>()
        .AddSingleton<AdminMail>()
        .AddSingleton<AdminApi>()
        .AddHostedService<MailNews>();

    public static void MapAdmins(this WebApplication app)
    {
        app.Services.GetRequiredService<AdminApi>().Map(app);
        app.Map("/ws/admin", app.Services.GetRequiredService<AdminSocketEndpoint>().ServeAsync).WithMetadata(Access.AdminSocket);
    }
}
