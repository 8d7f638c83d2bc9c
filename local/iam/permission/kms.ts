import { member, namesMember, type Permission, type Place, UnknownAction } from "./permission.ts";

/** A key that a request names. */
interface Key {
  readonly id: string;
  readonly aliases: readonly string[];
}

const operations: ReadonlySet<string> = new Set(["Decrypt", "Encrypt", "GenerateDataKey"]);

/**
 * The permissions that an operation of KMS needs on its key.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
 */
export const kmsPermissions =
  ({ region, account }: Place) =>
  (operation: string, input: unknown, { id, aliases }: Key): Permission[] => {
    if (!operations.has(operation)) throw new UnknownAction("KMS", operation);
    const given = member(input, "EncryptionContext");
    const names = namesMember(input, "EncryptionContext");
    const values = names.map((name) => [
      `kms:encryptioncontext:${name.toLowerCase()}`,
      String(member(given, name)),
    ]);
    return [
      {
        action: `kms:${operation}`,
        resource: `arn:aws:kms:${region}:${account}:key/${id}`,
        context: {
          "kms:calleraccount": account,
          "kms:resourcealiases": aliases,
          ...(names.length > 0 && { "kms:encryptioncontextkeys": names }),
          ...Object.fromEntries(values),
        },
      },
    ];
  };
