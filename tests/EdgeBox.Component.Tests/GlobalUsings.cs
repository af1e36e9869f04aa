global using EdgeBox.Component.Tests.Support;
global using Xunit;
