import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { grant } from "./allow.ts";

/** The same in every region, each of which has a key of its own; once deployed, it does not change. */
const alias = "alias/godwit-secrets";

/**
 * The key of this region that integrations' secrets are sealed under. Rows are in every region, so what is sealed
 * is sealed under the keys of all: docs/adr/0013-integration-kinds-and-secrets.md.
 */
export class SecretsKey extends Construct {
  /** What a function finds the keys by. */
  readonly environment: { readonly SECRETS_KEY: string; readonly REGIONS: string };
  private readonly key: Key;
  private readonly regions: readonly string[];

  constructor(scope: Construct, id: string, { regions }: { regions: readonly string[] }) {
    super(scope, id);
    this.regions = regions;
    this.environment = { SECRETS_KEY: alias, REGIONS: regions.join() };
    this.key = new Key(this, "Key", {
      alias,
      description: "Godwit: the secrets of integrations",
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      // Without it, every secret is lost.
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /**
   * Lets a function open secrets, here and, when this region's key cannot be had, with another region's; and complete
   * those that lack the key of a region.
   */
  allowOpen(worker: IFunction): void {
    this.key.grant(worker, "kms:Decrypt", "kms:Encrypt");
    this.allowElsewhere(worker, ["kms:Decrypt", "kms:Encrypt"]);
  }

  /** Lets a function seal secrets too, for every region. */
  allowSeal(worker: IFunction): void {
    this.key.grant(worker, "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey");
    this.allowElsewhere(worker, ["kms:Decrypt", "kms:Encrypt"]);
  }

  /** The other regions' keys have no ARN that is known here. */
  private allowElsewhere(worker: IFunction, actions: string[]): void {
    const { partition, account, region } = Stack.of(this);
    const others = this.regions.filter((one) => one !== region);
    if (others.length === 0) return;
    grant(worker, {
      actions,
      resources: others.map((other) => `arn:${partition}:kms:${other}:${account}:key/*`),
      reason: "The key of another region has no ARN here; the condition allows one alias only.",
      conditions: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias } },
    });
  }
}
