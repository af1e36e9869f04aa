[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
// One machine at a time: each takes all cores.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
