#!/bin/bash
# The platform has the runtime, not the SDK, and runs only what is published: publish here, from Amazon Linux's own SDK.
set -euo pipefail
export DOTNET_CLI_HOME=/tmp/dotnet DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dnf install -y dotnet-sdk-10.0
dotnet publish Application.csproj --configuration Release --output published
