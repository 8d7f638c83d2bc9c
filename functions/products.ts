import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import { apiUserDomain } from "#shared/account/oauth/apiUser.ts";
import {
  addApiUser,
  changeApiUser,
  findApiUser,
  removeApiUser,
} from "#shared/account/oauth/manageApiUsers.ts";
import { addProduct } from "#shared/account/product/addProduct.ts";
import { changeProduct } from "#shared/account/product/changeProduct.ts";
import {
  type Offer,
  type Product,
  productIdIn,
  productSlug,
  productVersion,
} from "#shared/account/product/product.ts";
import {
  acceptInvitation,
  declineInvitation,
  findInvitation,
} from "#shared/account/team/answerInvitation.ts";
import { requireCurrentRight } from "#shared/account/team/changeTeam.ts";
import { inviteMember } from "#shared/account/team/inviteMember.ts";
import { listInvitations, listMemberships, listTeam } from "#shared/account/team/listTeam.ts";
import { changeRole, removeMember } from "#shared/account/team/removeMember.ts";
import type { Role } from "#shared/account/team/role.ts";
import type { Invitation, Person } from "#shared/account/team/team.ts";
import {
  acceptOffer,
  declineOffer,
  findOffered,
  listOffers,
} from "#shared/account/transfer/answerOffer.ts";
import {
  findRecipient,
  offerProduct,
  openOffer,
  withdrawOffer,
} from "#shared/account/transfer/offerProduct.ts";
import { dynamoApiUsers } from "#shared/aws/account/apiUsers.ts";
import { dynamoOAuthClients } from "#shared/aws/account/oauthClients.ts";
import { dynamoProductNames, dynamoProductStore } from "#shared/aws/account/productStore.ts";
import { dynamoTeamHints } from "#shared/aws/account/teams.ts";
import { dynamoDeadLetters } from "#shared/aws/delivery/deadLetters.ts";
import { dynamoIntegrationMatchers } from "#shared/aws/delivery/integrations.ts";
import { dynamoUsageLimits } from "#shared/aws/delivery/usageLimits.ts";
import { dynamoClaimCertificates } from "#shared/aws/device/claimCertificates.ts";
import { dynamoDeviceNames } from "#shared/aws/device/deviceNames.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoGroups } from "#shared/aws/device/groups.ts";
import { dynamoProvisioning } from "#shared/aws/device/provisioning.ts";
import { iotRegistries } from "#shared/aws/device/registry.ts";
import type { Device } from "#shared/device/device.ts";
import { removeFromProduct } from "#shared/device/fleet/productDevices.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { planRemoval, removeProduct } from "#shared/removal/removeProduct.ts";
import { productRoutes } from "#shared/routes/productRoutes.ts";
import { teamRoutes } from "#shared/routes/teamRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { openContacts } from "./edge/contacts.ts";
import { openFirmwareRemoval } from "./edge/firmwareRemoval.ts";
import { api } from "./edge/http/api.ts";
import { noContent, Status, Versioned } from "./edge/http/reply.ts";
import { openLinks } from "./edge/links.ts";
import { logger } from "./edge/logger.ts";
import { openMailQueue } from "./edge/mailQueue.ts";
import { planView, productView } from "./edge/views/productView.ts";
import {
  apiUserView,
  invitationView,
  memberView,
  offerView,
  ownerView,
  ownInvitationView,
  ownOfferView,
} from "./edge/views/teamView.ts";

const names = env.products.parse(process.env);
const { globals, accounts, teams, tokenCache, withToken } = openCallers(names, {
  states: {
    product: async (id) => {
      const product = await accounts.findProduct(productIdIn(id) ?? 0);
      return product && productView(product, "owner");
    },
    member: async (name, caller) => {
      const product = productOf(caller);
      if (name.endsWith(apiUserDomain)) return apiUserView(await findApiUser(name, product, deps));
      const { username = name } = (await accounts.findUserByAnyName(name)) ?? {};
      const { members, invitations } = await listTeam(product, deps);
      const member = members.find((each) => each.username === username);
      if (member !== undefined) return memberView(member, product);
      const open = invitations.find((each) => [name, username].includes(each.username));
      if (open === undefined) return undefined;
      // The subject keeps its name: an invitation is not found by its id.
      const { id: _, ...invited } = invitationView(open);
      return invited;
    },
  },
});

const now = Date.now;
const deps = {
  accounts,
  apiUsers: dynamoApiUsers(globals, names.ACCOUNTS_TABLE),
  teams,
  hints: dynamoTeamHints(globals, names.ACCOUNTS_TABLE),
  productStore: dynamoProductStore(globals, names.ACCOUNTS_TABLE),
  names: dynamoProductNames(globals, names.ACCOUNTS_TABLE),
  clients: dynamoOAuthClients(globals, names.ACCOUNTS_TABLE),
  tokenCache,
  now,
  newId: () => randomBytes(6).toString("hex"),
};
const mailQueue = openMailQueue(names);
const { links, onError } = openLinks(names);
const region = names.AWS_REGION;
const moving = {
  deviceNames: dynamoDeviceNames(globals, names.DEVICES_TABLE),
  devices: dynamoDevices(globals, names.DEVICES_TABLE),
  registries: iotRegistries({ region, regions: names.REGIONS }, names.DEVICE_POLICY),
  provisioning: dynamoProvisioning(globals, names.DEVICES_TABLE, region),
  links,
  accounts,
  now,
  onError,
};
/** Dependencies of the removal of a product. */
const removal = {
  ...deps,
  contacts: openContacts(globals, names.OPERATIONS_TABLE),
  claims: dynamoClaimCertificates(globals, names.DEVICES_TABLE, region),
  groups: dynamoGroups(globals, names.FIRMWARE_TABLE),
  firmware: openFirmwareRemoval(names, { globals, onError }),
  regions: names.REGIONS,
  devices: moving.devices,
  release: (device: Device) => removeFromProduct(device, moving),
  integrations: dynamoIntegrationMatchers(globals, names.INTEGRATIONS_TABLE),
  limits: dynamoUsageLimits(globals, names.INTEGRATIONS_TABLE),
  deadLetters: dynamoDeadLetters(globals, names.DEAD_LETTERS_TABLE, now),
  wait: (ms: number) => wait(ms),
};

/** The product that the path names: `authenticateCaller` has found it. */
const productOf = ({ product }: Caller): Product => {
  if (product === undefined) throw new Failure("Product not found", { code: "not_found" });
  return product;
};

/** The calling person, with their own fleet. */
const personOf = ({ username, token }: Caller): Person => ({ username, fleet: token.fleet });

/** The product and the calling person. */
const asked = (caller: Caller) => ({ product: productOf(caller), by: personOf(caller) });

/** An API user sees its product; a user sees their own products and those of their teams. */
const mine = async (caller: Caller): Promise<{ product: Product; role?: Role }[]> => {
  const { username, token } = caller;
  if (token.product === undefined) {
    const own = await accounts.listProducts(username);
    const others = await listMemberships(personOf(caller), deps);
    return [...own.map((product) => ({ product, role: "owner" as const })), ...others];
  }
  const product = await accounts.findProduct(token.product);
  return product ? [{ product }] : [];
};

const createProduct = withToken<typeof productRoutes.createProduct>(async (input, caller) => ({
  ok: true,
  product: productView(await addProduct(input, personOf(caller), deps), "owner"),
}));

const listProducts = withToken<typeof productRoutes.listProducts>(async (_, caller) => ({
  products: (await mine(caller)).map(({ product, role }) => productView(product, role)),
}));

const showProduct = withToken<typeof productRoutes.showProduct>(async (_, caller) => {
  const product = productOf(caller);
  return new Versioned({ product: productView(product, caller.role) }, productVersion(product));
});

const changeOne = withToken<typeof productRoutes.changeProduct>(
  async (input, caller, { expected }) => {
    const changed = await changeProduct(input, { ...asked(caller), expected }, deps);
    const body = { ok: true as const, product: productView(changed, caller.role) };
    return new Versioned(body, productVersion(changed));
  },
);

const removeOne = withToken<typeof productRoutes.removeProduct>(async (input, caller, origin) => {
  const about = asked(caller);
  if (input.plan) {
    const plan = await planRemoval(about.product, removal);
    return { ok: true, plan: planView(plan), confirm: productSlug(about.product) };
  }
  const { left } = await removeProduct(input, { ...about, expected: origin.expected }, removal);
  return left === 0
    ? { ok: true, removed: true }
    : new Status(202, { ok: true, removed: false, left });
});

const showTeam = withToken<typeof teamRoutes.showTeam>(async (_, caller) => {
  const product = productOf(caller);
  const { members, invitations } = await listTeam(product, deps);
  const open = openOffer(product, now());
  const people = members.map((member) => memberView(member, product));
  const programs = (await deps.apiUsers.list(product.id)).map(apiUserView);
  return {
    ok: true,
    team: [ownerView(product), ...people, ...programs],
    invitations: invitations.map(invitationView),
    transfer: open === undefined ? null : offerView(open),
  };
});

/** Queues the mail for a new invitation. Best effort: the invitation is also in the API. */
const mailInvitation = async (invitation: Invitation, caller: Caller): Promise<void> => {
  const { username: to, role, invitedBy } = invitation;
  const { id: product, name: productName } = productOf(caller);
  const order = { kind: "invitation", to, role, invitedBy, product, productName } as const;
  await mailQueue?.send({ ...order, orderedAt: now() }).catch((error: unknown) => {
    logger.warn("the mail of an invitation was not queued", { product, error });
  });
};

const addMember = withToken<typeof teamRoutes.addMember>(async (input, caller) => {
  if ("username" in input) {
    const invitation = await inviteMember(input, asked(caller), deps);
    await mailInvitation(invitation, caller);
    return { ok: true, invitation: invitationView(invitation) };
  }
  await requireCurrentRight("teams.users:invite", asked(caller), deps);
  const { apiUser, token } = await addApiUser(input, productOf(caller), deps);
  return { ok: true, created: { ...apiUserView(apiUser), tokens: [{ token }] } };
});

const changeMember = withToken<typeof teamRoutes.changeMember>(async (input, caller) => {
  if ("role" in input) {
    return { ok: true, updated: await changeRole(input, asked(caller), deps) };
  }
  await requireCurrentRight("teams.users:update", asked(caller), deps);
  const { apiUser, token } = await changeApiUser(input, productOf(caller), deps);
  return { ok: true, updated: { ...apiUserView(apiUser), tokens: [{ token }] } };
});

const renewApiUserToken = withToken<typeof teamRoutes.renewApiUserToken>(
  async ({ username }, caller) => {
    await requireCurrentRight("teams.users:update", asked(caller), deps);
    const { apiUser, token } = await changeApiUser({ username }, productOf(caller), deps);
    return { ok: true, created: { ...apiUserView(apiUser), tokens: [{ token }] } };
  },
);

const removeOneMember = withToken<typeof teamRoutes.removeMember>(async ({ username }, caller) => {
  if (username.endsWith(apiUserDomain)) {
    await requireCurrentRight("teams.users:remove", asked(caller), deps);
    await removeApiUser(username, productOf(caller), deps);
  } else {
    await removeMember(username, asked(caller), deps);
  }
  return noContent;
});

const mailOffer = async (offer: Offer, { id: product, name: productName }: Product) => {
  const order = {
    kind: "ownership-offer",
    to: offer.to,
    by: offer.by,
    product,
    productName,
  } as const;
  await mailQueue?.send({ ...order, orderedAt: now() }).catch((error: unknown) => {
    logger.warn("the mail of an offer was not queued", { product, error });
  });
};

const offerOne = withToken<typeof teamRoutes.offerProduct>(async (input, caller) => {
  const about = asked(caller);
  const { product } = about;
  if (input.plan) {
    const { username } = await findRecipient(input.username, about, deps);
    const roles = { [product.owner]: "administrator", [username]: "owner" };
    const contents = planView(await planRemoval(product, removal));
    const plan = { from: product.owner, to: username, roles, ...contents };
    return { ok: true, plan, confirm: productSlug(product) };
  }
  const offer = await offerProduct(input, about, deps);
  await mailOffer(offer, product);
  return { ok: true, transfer: offerView(offer) };
});

/**
 * The answer to an offer and to an invitation is in the log of the product, if they are for the
 * caller. Otherwise it is in the caller's own log: nobody writes into the log of another fleet.
 */
const logOfOffer = {
  fleet: async ({ transfer: id }: { transfer: string }, caller: Caller) =>
    (await findOffered(id, personOf(caller), deps))?.fleet,
};
const logOfInvitation = {
  fleet: async ({ invitation: id }: { invitation: string }, caller: Caller) =>
    (await findInvitation(id, personOf(caller), deps))?.product.fleet,
};

export const handler = api(
  { ...productRoutes, ...teamRoutes },
  {
    listOrganizations: withToken(async () => ({ organizations: [] })),
    listProducts,
    createProduct,
    showProduct,
    changeProduct: changeOne,
    removeProduct: removeOne,
    showTeam,
    addMember,
    changeMember,
    removeMember: removeOneMember,
    renewApiUserToken,
    offerProduct: offerOne,
    withdrawOffer: withToken(async (_, caller) => {
      await withdrawOffer(asked(caller), deps);
      return noContent;
    }),
    listOffers: withToken(async (_, caller) => ({
      transfers: (await listOffers(personOf(caller), deps)).map(ownOfferView),
    })),
    acceptOffer: withToken(async ({ transfer: id }, caller) => {
      const product = await acceptOffer(id, personOf(caller), deps);
      return { ok: true, product: productView(product, "owner") };
    }, logOfOffer),
    declineOffer: withToken(async ({ transfer: id }, caller) => {
      await declineOffer(id, personOf(caller), deps);
      return noContent;
    }, logOfOffer),
    listInvitations: withToken(async (_, caller) => ({
      invitations: (await listInvitations(personOf(caller), deps)).map(ownInvitationView),
    })),
    acceptInvitation: withToken(async ({ invitation: id }, caller) => {
      const accepted = await acceptInvitation(id, personOf(caller), deps);
      const { role } = accepted.invitation;
      return { ok: true, product: productView(accepted.product, role) };
    }, logOfInvitation),
    declineInvitation: withToken(async ({ invitation: id }, caller) => {
      await declineInvitation(id, personOf(caller), deps);
      return noContent;
    }, logOfInvitation),
  },
);
