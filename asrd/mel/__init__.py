"""Log-mel features: the filterbank, the plain pass over whole audio, and the incremental pass over growing audio."""
