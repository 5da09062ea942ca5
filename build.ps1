#Requires -Version 7

<#
.SYNOPSIS
Builds, tests, benchmarks or packs IadNative, or lists what it is made of.

.DESCRIPTION
Each target is one plain dotnet call, made in the folder of this script, wherever it is called from:

  build  dotnet build IadNative.sln -c Release
  test   dotnet test IadNative.sln -c Release
  bench  dotnet run -c Release --project bench/IadNative.Bench -- [the words after bench]
  pack   dotnet pack IadNative.sln -c Release -o artifacts
  sbom   dotnet tool exec CycloneDX --yes -- src/IadNative.Cli/IadNative.Cli.csproj -o artifacts -fn iad.cdx.json -F Json -ipr -sn IadNative.Cli -sv 0.1.0 --set-nuget-purl

The last one writes the bill of materials (CycloneDX) of the tool, which holds all libraries: every package with its version, checksum
and licence. The SDK gets the program that writes it, in the version of .config/dotnet-tools.json.

Targets run in the order given. The first dotnet call that fails ends the script with its exit code.

.PARAMETER Target
One or more of build, test, bench, pack and sbom; build when none is given. All words after bench go to the benchmarks, so
bench comes last.

.EXAMPLE
./build.ps1
Builds the solution.

.EXAMPLE
./build.ps1 test pack sbom
Runs the tests and, when they pass, writes the packages and the bill of materials to the folder artifacts.

.EXAMPLE
./build.ps1 bench --filter '*Adam*'
Runs the benchmarks whose names contain Adam.

.EXAMPLE
./build.ps1 build test pack -WhatIf
Prints the three dotnet calls and makes none.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(ValueFromRemainingArguments)]
    [string[]] $Target = 'build'
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false # The exit code is checked below.

$calls = @(for ($i = 0; $i -lt $Target.Count; $i++) {
    switch ($Target[$i]) {
        'build' { , @('build', 'IadNative.sln', '-c', 'Release') }
        'test' { , @('test', 'IadNative.sln', '-c', 'Release') }
        'pack' { , @('pack', 'IadNative.sln', '-c', 'Release', '-o', 'artifacts') }
        'sbom' {
            , @('tool', 'exec', 'CycloneDX', '--yes', '--', 'src/IadNative.Cli/IadNative.Cli.csproj', '-o', 'artifacts', '-fn',
                'iad.cdx.json', '-F', 'Json', '-ipr', '-sn', 'IadNative.Cli', '-sv', '0.1.0', '--set-nuget-purl')
        }
        'bench' {
            , (@('run', '-c', 'Release', '--project', 'bench/IadNative.Bench', '--') + $Target[($i + 1)..$Target.Count])
            $i = $Target.Count # The benchmarks have taken the remaining words.
        }
        default { throw "There is no target '$_'. The targets are build, test, bench, pack and sbom." }
    }
})

Push-Location $PSScriptRoot
try {
    foreach ($call in $calls) {
        $line = "dotnet $call"
        if ($PSCmdlet.ShouldProcess($line, $line, 'Run this call?')) {
            dotnet @call
            if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
        }
    }
}
finally {
    Pop-Location
}
