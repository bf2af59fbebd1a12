namespace LeanChat.People;

/// <summary>Users, admins and their sessions.</summary>
internal static class PeopleSetup
{
    public static IServiceCollection AddPeople(this IServiceCollection services) =>
        services.AddSingleton<AdminActivity>()
        .AddSingleton<Sessions>().AddSingleton<Passwords>().AddSingleton<SecondFactor>().AddHostedService<SessionWatch>()
        .AddHostedService<AdminUseKeeper>()
        .AddSingleton<ApiTokenUse>().AddHostedService(provider => provider.GetRequiredService<ApiTokenUse>())
        .AddHostedService<ApiTokenWatch>();
}
