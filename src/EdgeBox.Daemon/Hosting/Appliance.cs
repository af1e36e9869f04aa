using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Gateway;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Workers;
using EdgeBox.Daemon.Operations;
using EdgeBox.Daemon.Time;
using Grpc.HealthCheck;

namespace EdgeBox.Daemon.Hosting;

/// <summary>The composition of the daemon: its table of contents.</summary>
internal static class Appliance
{
    /// <summary>Composes the daemon; nothing is opened before it is started.</summary>
    /// <param name="args">The command line without <c>--help</c> and <c>--version</c>.</param>
    /// <param name="configure">Replaces edges, for tests: the clock, the log.</param>
    /// <exception cref="UsageException">The settings have faults; it holds all of them.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "edgeboxd" });
        builder.AddSettings(args);
        builder.AddLog();
        builder.AddServer();
        builder.Services.AddHealth();
        builder.Services.AddMetrics();
        builder.Services.AddFailures();
        builder.Services.AddGrpcReflection();

        // Started in this order and stopped in the reverse of it, after the server.
        builder.Services.AddStorage();
        builder.Services.AddTrustedClock();
        builder.Services.AddAudit();
        builder.Services.AddAccess();
        builder.Services.AddOperations();
        builder.Services.AddModels();
        builder.Services.AddGateway();
        builder.Services.AddSingleton<Uptime>().AddSingleton<StatusReport>();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.CheckSettings();
        app.CheckWorkers();
        app.OpenEndpoints();
        app.UseGateway();
        app.UseRouting();
        app.UseMiddleware<FailureMiddleware>();
        app.UseMiddleware<RoleGate>();
        app.MapGrpcService<Access.AccessService>();
        app.MapGrpcService<Audit.AuditService>();
        app.MapGrpcService<Operations.OperationService>();
        app.MapGrpcService<Models.ModelService>();
        app.MapGrpcService<Inference.InferenceService>();
        app.MapGrpcService<ApplianceService>();
        app.MapGrpcService<HealthServiceImpl>();
        app.MapGrpcReflectionService();
        app.MapApplianceMetrics();
        return app;
    }
}
