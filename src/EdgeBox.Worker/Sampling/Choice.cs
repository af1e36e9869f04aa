namespace EdgeBox.Worker.Sampling;

/// <summary>A token that was chosen.</summary>
/// <param name="Token">The token; -1 if no logit is a number above minus infinity.</param>
/// <param name="Logprob">Natural logarithm of its probability under the model alone; 0 unless it was asked for.</param>
/// <param name="Top">The likeliest tokens with the logarithms of theirs, the likeliest first; null unless they were asked for.</param>
internal readonly record struct Choice(int Token, float Logprob, Candidate[]? Top);
