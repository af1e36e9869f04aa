using System.Runtime.Versioning;

// Like the programs that they look at.
[assembly: SupportedOSPlatform("linux")]
