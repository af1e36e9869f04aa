global using System.Text;
global using System.Diagnostics;
global using System.Globalization;
global using EdgeBox.Component.Tests.Support;
global using Xunit;
