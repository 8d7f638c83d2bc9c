import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

// OWASP's parameters for scrypt: 128 × N × r = 16 MiB of memory and five passes.
const owaspCost = { N: 16_384, r: 8, p: 5 };
const keyBytes = 32;

/** Hashes passwords. */
export interface Passwords {
  /** `scrypt$N$r$p$salt$key`, salt and key in base64. */
  hash(password: string): Promise<string>;
  /** Whether the hash belongs to the password. The hash includes its cost parameters. */
  check(password: string, hash: string): Promise<boolean>;
  /**
   * A hash of a random password, with the same cost. It makes a check for an unknown user take the
   * usual time.
   */
  dummyHash(): Promise<string>;
}

const derive = (password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(password.normalize("NFKC"), salt, keyBytes, options, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );

/** Hashes with scrypt. New hashes have OWASP's cost parameters; tests set lower ones. */
export const scryptPasswords = (cost = owaspCost): Passwords => {
  const hash = async (password: string): Promise<string> => {
    const salt = randomBytes(16);
    const key = await derive(password, salt, cost);
    const { N, r, p } = cost;
    return ["scrypt", N, r, p, salt.toString("base64"), key.toString("base64")].join("$");
  };
  let nobody: Promise<string> | undefined;
  return {
    hash,
    async check(password, hash) {
      const [, N, r, p, salt = "", key = ""] = hash.split("$");
      const options = { N: Number(N), r: Number(r), p: Number(p) };
      const derived = await derive(password, Buffer.from(salt, "base64"), options);
      const expected = Buffer.from(key, "base64");
      return derived.length === expected.length && timingSafeEqual(derived, expected);
    },
    dummyHash() {
      nobody ??= hash(randomBytes(16).toString("hex"));
      return nobody;
    },
  };
};
