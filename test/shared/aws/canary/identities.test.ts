import { expect, it } from "vitest";
import { dynamoCanaryIdentities } from "#shared/aws/canary/identities.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { canaryIdentitiesContract, identitySample } from "../../../contracts/canary/identities.ts";
import { startDynamo } from "../../../contracts/emulators.ts";
import { memorySecrets } from "../../../memory/platform/secrets.ts";

const dynamo = await startDynamo();
const open = async (region = "us-east-1", table?: string) => {
  const name = table ?? (await dynamo.newTable("pk", "sk"));
  const secrets = memorySecrets();
  return { name, identities: dynamoCanaryIdentities(openTables(), name, { region, secrets }) };
};

canaryIdentitiesContract(async () => (await open()).identities);

it("the table has neither the token nor the private key in clear text", async () => {
  const { name, identities } = await open();
  await identities.put(identitySample);
  const Key = { pk: "canary#us-east-1", sk: "identity" };
  const { Item } = await openTables().get({ TableName: name, Key });
  expect(Object.keys(Item ?? {}).sort()).toEqual(["pk", "sealed", "sk"]);
  expect(JSON.stringify(Item)).not.toContain("private key");
});

it("each region has its own", async () => {
  const { name, identities } = await open();
  await identities.put(identitySample);
  const other = await open("eu-west-1", name);
  expect(await other.identities.find()).toBeUndefined();
});
