using LeanChat.Storage.Sqlite;

namespace LeanChat.Storage;

/// <summary>Opens the database.</summary>
internal static class StorageSetup
{
    /// <param name="services">The application's services.</param>
    /// <param name="directory">The data folder.</param>
    /// <param name="alone">False for a command that works beside the server.</param>
    /// <param name="aroundAfterCommit">Gets the after-commit actions of a whole group as one, and runs them.</param>
    public static IServiceCollection AddStorage(
        this IServiceCollection services, string directory, bool alone, Func<IServiceProvider, Action<Action>> aroundAfterCommit) =>
        services.AddSingleton<Database>(provider => new SqliteDatabase(
            directory, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Database>>(),
            aroundAfterCommit(provider), alone));
}
