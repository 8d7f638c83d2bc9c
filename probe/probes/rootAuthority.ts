import type { Probe } from "../probe.ts";

export interface RootAuthorityAccount {
  /** The host at which devices connect, with its port. */
  endpoint(): Promise<string>;
  /** Connects with TLS. Returns the names of the server's certificates, the root last. */
  chain(endpoint: string): Promise<readonly string[]>;
}

export const rootAuthority: Probe<RootAuthorityAccount> = {
  name: "root-authority",
  question: "Which root certificate authority does a device meet?",
  changes: [],
  dollars: 0,
  minutes: 1,
  expected: "Amazon Root CA 1, or Starfield Services Root Certificate Authority - G2",
  advice:
    "Devices verify with the authorities that `brokerAuthority` in shared/aws/device/registry.ts returns: add the observed one.",
  async run({ account }) {
    const chain = await account.chain(await account.endpoint());
    const root = chain.at(-1) ?? "";
    return {
      observed: chain.join(" ← "),
      isExpected: /^(Amazon Root CA 1|Starfield Services Root Certificate Authority - G2)$/.test(
        root,
      ),
    };
  },
};
