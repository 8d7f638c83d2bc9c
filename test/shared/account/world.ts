import { sendMail } from "#shared/account/mail/sendMail.ts";
import type { Product } from "#shared/account/product/product.ts";
import { createTokenCache } from "#shared/account/token/tokenCache.ts";
import type { TokenFamily } from "#shared/account/token/tokenFamily.ts";
import { logIn, logInInput } from "#shared/account/user/logIn.ts";
import { memoryAccounts } from "../../memory/account/accounts.ts";
import { memoryApiUsers } from "../../memory/account/apiUsers.ts";
import { memoryMailer, memoryMailQueue } from "../../memory/account/mail.ts";
import { memoryOAuthClients } from "../../memory/account/oauthClients.ts";
import { memoryOneTimeTokens } from "../../memory/account/oneTimeTokens.ts";
import { quickPasswords } from "../../memory/account/passwords.ts";
import { memoryProductNames, memoryProductStore } from "../../memory/account/productStore.ts";
import { memoryRateLimiter } from "../../memory/account/rateLimiter.ts";
import { memorySecondFactors } from "../../memory/account/secondFactors.ts";
import { memoryTeams } from "../../memory/account/teams.ts";
import { memorySecrets } from "../../memory/platform/secrets.ts";
import { fleet, stoppedClock } from "../../memory/samples.ts";

export const username = "ada@example.com";
export const password = "correct horse";
export const address = "192.0.2.1";
const passwordHash = await quickPasswords.hash(password);

/** A user of someone's, and everything that accounts need, in memory. */
export const accountsWorld = async () => {
  const clock = stoppedClock();
  const products = new Map<number, Product>();
  const accounts = memoryAccounts(products);
  const { now } = clock;
  const warned: Error[] = [];
  const reused: string[] = [];
  const announced: string[] = [];
  const deps = {
    accounts,
    passwords: quickPasswords,
    secondFactors: memorySecondFactors(),
    oneTimeTokens: memoryOneTimeTokens(),
    mailQueue: memoryMailQueue(),
    mailer: memoryMailer(),
    secrets: memorySecrets(),
    clients: memoryOAuthClients(),
    apiUsers: memoryApiUsers(),
    teams: memoryTeams(),
    productStore: memoryProductStore(products),
    names: memoryProductNames(),
    rateLimiter: memoryRateLimiter(),
    announce: async ({ username }: { username: string }) => void announced.push(username),
    tokenCache: createTokenCache({ accounts, now }),
    now,
    onReuse: (family: TokenFamily) => void reused.push(family.id),
    warn: (why: Error) => void warned.push(why),
  };
  await accounts.addUser({ username, passwordHash, fleet, createdAt: "" }, { replace: false });
  const product: Product = {
    id: 100_000_001,
    name: "Thermostat",
    description: "",
    platformId: 0,
    owner: username,
    fleet: "p1",
    createdAt: "",
  };
  await accounts.addProduct(product);
  /** Requests a token as the public client, with the password unless `given` overrides it. */
  const enter = (given: object = {}, from = address, as = deps) =>
    logIn(
      logInInput.parse({
        grant_type: "password",
        username,
        password,
        client_id: "particle",
        client_secret: "particle",
        ...given,
      }),
      from,
      as,
    );
  const dropped: string[] = [];
  /** Sends the mails that were ordered, and answers all that were ever sent. */
  const deliverMails = async () => {
    const onRateLimited = (kind: string) => void dropped.push(kind);
    for (const order of deps.mailQueue.waiting.splice(0)) {
      await sendMail(order, { ...deps, onRateLimited });
    }
    return deps.mailer.sent;
  };
  return { clock, deps, product, enter, warned, reused, announced, deliverMails, dropped };
};
