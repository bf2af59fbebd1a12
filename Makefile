.DEFAULT_GOAL := help
.PHONY: help run test plain bench proof release

help:     ## this list
	@sed -nE 's/^([a-z]+): *## /  make \1\t/p' Makefile

run:      ## serve at http://localhost:5080
	dotnet run --project LeanChat

test:     ## every story
	dotnet test

plain:    ## every story without our own sockets
	LeanChat__Tuning__OwnSockets=false dotnet test

bench:    ## real sockets under load, beside other servers; Linux
	dotnet run -c Release --project LeanChat.Bench -- flood

proof:    ## kills, power cuts, bad lines, fuzzers: an hour or two; Linux
	dotnet run -c Release --project LeanChat.Proof

release:  ## one native file for this machine, in dist/
	release/build.sh linux-$$(uname -m | sed 's/x86_64/x64/;s/aarch64/arm64/')
