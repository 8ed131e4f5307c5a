# From a checkout:  nix build 'git+file:.?dir=packaging/nix'
{
  description = "Records the AWS calls that a program makes and writes the least-privilege IAM policy that they need";

  inputs.nixpkgs.url = "nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      each = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
    in
    {
      packages = each (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = "leastwise";
          version = (pkgs.lib.importTOML ../../Cargo.toml).package.version;
          src = pkgs.lib.cleanSource ../..;
          cargoLock.lockFile = ../../Cargo.lock;
          cargoBuildFlags = [ "--bin" "leastwise" ];
          buildType = "dist";
          # The other tests start real AWS SDKs, which a sandboxed build does not have.
          cargoTestFlags = [ "--lib" ];
          nativeBuildInputs = [ pkgs.installShellFiles ];
          postInstall = ''
            installManPage man/*.1
            installShellCompletion completions/leastwise.bash completions/leastwise.fish completions/_leastwise
          '';
          doInstallCheck = true;
          installCheckPhase = ''
            $out/bin/leastwise demo --quiet > /dev/null
          '';
          meta = {
            description = "Least-privilege IAM policies from the AWS calls that a program makes";
            license = with pkgs.lib.licenses; [ mit asl20 ];
            mainProgram = "leastwise";
          };
        };
      });
    };
}
