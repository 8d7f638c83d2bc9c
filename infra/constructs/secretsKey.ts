import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { CfnAlias, Key } from "aws-cdk-lib/aws-kms";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { grant } from "./allow.ts";

/**
 * The alias is the same in every region; each region has its own key. It does not change after the
 * first deployment. It outlives its stack together with the key: functions find the key of stored
 * secrets by the alias, so a new stack must not point the alias to another key.
 */
export const secretsKeyAlias = "alias/godwit-secrets";

/**
 * Lets a function of another stack encrypt and decrypt secrets with the keys of all regions, by
 * their alias: a reference to a key would bind the stacks to each other.
 */
export const allowSecretsByAlias = (worker: IFunction, regions: readonly string[]): void => {
  const { partition, account } = Stack.of(worker);
  grant(worker, {
    actions: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
    resources: regions.map((region) => `arn:${partition}:kms:${region}:${account}:key/*`),
    reason: "The keys are known by their alias; the condition allows one alias only.",
    conditions: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": secretsKeyAlias } },
  });
};

/**
 * The KMS key of this region that encrypts the secrets of integrations. Rows are replicated to
 * every region, so each secret is encrypted with the keys of all regions:
 * docs/adr/0013-integration-kinds-and-secrets.md.
 */
export class SecretsKey extends Construct {
  /** Environment variables that name the keys. */
  readonly environment: { readonly SECRETS_KEY: string; readonly REGIONS: string };
  private readonly key: Key;
  private readonly regions: readonly string[];

  constructor(scope: Construct, id: string, { regions }: { regions: readonly string[] }) {
    super(scope, id);
    this.regions = regions;
    this.environment = { SECRETS_KEY: secretsKeyAlias, REGIONS: regions.join() };
    this.key = new Key(this, "Key", {
      alias: secretsKeyAlias,
      description: "Godwit: secrets of integrations",
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      // Without the key, every secret is lost.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    for (const each of this.key.node.findAll().filter((node) => node instanceof CfnAlias)) {
      each.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    }
  }

  /**
   * Lets a function decrypt secrets with this region's key or, when it is unavailable, with another
   * region's; and encrypt secrets again that lack the key of a region.
   */
  allowOpen(worker: IFunction): void {
    this.key.grant(worker, "kms:Decrypt", "kms:Encrypt");
    this.allowElsewhere(worker, ["kms:Decrypt", "kms:Encrypt"]);
  }

  /** Lets a function also encrypt secrets, for every region. */
  allowSeal(worker: IFunction): void {
    this.key.grant(worker, "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey");
    this.allowElsewhere(worker, ["kms:Decrypt", "kms:Encrypt"]);
  }

  /** The ARNs of other regions' keys are not known here. */
  private allowElsewhere(worker: IFunction, actions: string[]): void {
    const { partition, account, region } = Stack.of(this);
    const others = this.regions.filter((one) => one !== region);
    if (others.length === 0) return;
    grant(worker, {
      actions,
      resources: others.map((other) => `arn:${partition}:kms:${other}:${account}:key/*`),
      reason: "The key of another region has no ARN here; the condition allows one alias only.",
      conditions: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": secretsKeyAlias } },
    });
  }
}
