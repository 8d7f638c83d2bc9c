import { describe, expect, it } from "vitest";
import type { ApiUser, ApiUsers } from "#shared/account/oauth/apiUser.ts";

const apiUser: ApiUser = {
  username: "script+1@api.godwit",
  friendlyName: "Script",
  product: 7,
  scopes: ["devices:list"],
  tokenHash: "t1",
  createdAt: "2025",
};

/** Contract of every implementation of `ApiUsers`. */
export const apiUsersContract = (open: () => Promise<ApiUsers>): void => {
  describe("API users", () => {
    it("are found by name, listed by product, overwritten and removed", async () => {
      const apiUsers = await open();
      const other = { ...apiUser, username: "script+2@api.godwit", product: 70 };
      await apiUsers.put(apiUser);
      await apiUsers.put(other);
      expect(await apiUsers.find(apiUser.username)).toEqual(apiUser);
      expect(await apiUsers.list(7)).toEqual([apiUser]);
      const changed = { ...apiUser, scopes: ["events:get"], tokenHash: "t2" };
      await apiUsers.put(changed);
      expect(await apiUsers.list(7)).toEqual([changed]);
      await apiUsers.remove(apiUser.username);
      expect(await apiUsers.find(apiUser.username)).toBeUndefined();
      expect(await apiUsers.list(7)).toEqual([]);
      expect(await apiUsers.list(70)).toEqual([other]);
    });
  });
};
