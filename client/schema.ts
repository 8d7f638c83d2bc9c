// Made by `npm run contract` from client/openapi.json. Do not edit.

export interface paths {
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check whether the region works
         * @description Access: everyone, without a token.
         */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health/canary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receive the webhook of the canary
         * @description Access: everyone, without a token.
         */
        post: operations["receiveCanary"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the OpenAPI document of the API
         * @description Access: everyone, without a token.
         */
        get: operations["showOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/asyncapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the AsyncAPI document of device messages, event streams and webhooks
         * @description Access: everyone, without a token.
         */
        get: operations["showAsyncApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a user account
         * @description Access: everyone, without a token.
         */
        post: operations["signUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the caller's user account
         * @description Access: every valid token.
         */
        get: operations["showUser"];
        /**
         * Change the caller's account information, username or password
         * @description Access: a user, with an unlimited token.
         */
        put: operations["changeUser"];
        post?: never;
        /**
         * Delete the caller's user account
         * @description Access: a user, with an unlimited token.
         */
        delete: operations["removeUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Reset the password with the token of a mail
         * @description Access: everyone, without a token.
         */
        put: operations["resetPassword"];
        /**
         * Send a mail with a token that resets the password
         * @description Access: everyone, without a token.
         */
        post: operations["requestReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/change-address": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Confirm a new username with the token of a mail
         * @description Access: everyone, without a token.
         */
        put: operations["confirmAddress"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/mfa-enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Start the enrolment of a second factor
         * @description Access: a user, with an unlimited token.
         */
        get: operations["startMfa"];
        put?: never;
        /**
         * Complete the enrolment of a second factor with a one-time password
         * @description Access: a user, with an unlimited token.
         */
        post: operations["confirmMfa"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/mfa-disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Disable the second factor
         * @description Access: a user, with an unlimited token.
         */
        put: operations["disableMfa"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get an access token (RFC 6749)
         * @description Access: everyone, without a token.
         */
        post: operations["logIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/access_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller's access tokens
         * @description Access: every valid token.
         */
        get: operations["listTokens"];
        put?: never;
        post?: never;
        /**
         * Revoke all access tokens of the caller
         * @description Access: every valid token.
         */
        delete: operations["tokenRevocation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/access_tokens/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the access token of the request
         * @description Access: every valid token.
         */
        get: operations["showCurrentToken"];
        put?: never;
        post?: never;
        /**
         * Revoke the access token of the request
         * @description Access: every valid token.
         */
        delete: operations["revokeCurrentToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/access_tokens/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an access token by its text, or by its id with a token of the same user
         * @description Access: everyone, without a token.
         */
        delete: operations["revokeToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the session of the browser, and renew it
         * @description Access: everyone, without a token.
         */
        get: operations["showSession"];
        put?: never;
        /**
         * Sign a browser in with a password; the reply sets a cookie
         * @description Access: everyone, without a token.
         */
        post: operations["signIn"];
        /**
         * End the session of the browser
         * @description Access: everyone, without a token.
         */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign a browser in with the code of a link from the operator
         * @description Access: everyone, without a token.
         */
        post: operations["redeemSessionLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End all browser sessions of the caller, and revoke all access tokens
         * @description Access: a user, with an unlimited token.
         */
        delete: operations["signOutEverywhere"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List OAuth clients
         * @description Access: a user, with an unlimited token.
         */
        get: operations["listClients"];
        put?: never;
        /**
         * Create an OAuth client
         * @description Access: a user, with an unlimited token.
         */
        post: operations["createClient"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List OAuth clients
         * @description Access: the scope or right `clients:list`.
         */
        get: operations["listClientsForProduct"];
        put?: never;
        /**
         * Create an OAuth client
         * @description Access: the scope or right `clients:create`.
         */
        post: operations["createClientForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients/{client}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change the name or the scopes of an OAuth client
         * @description Access: a user, with an unlimited token.
         */
        put: operations["updateClient"];
        post?: never;
        /**
         * Delete an OAuth client and its tokens
         * @description Access: a user, with an unlimited token.
         */
        delete: operations["removeClient"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/clients/{client}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change the name or the scopes of an OAuth client
         * @description Access: the scope or right `clients:update`.
         */
        put: operations["updateClientForProduct"];
        post?: never;
        /**
         * Delete an OAuth client and its tokens
         * @description Access: the scope or right `clients:remove`.
         */
        delete: operations["removeClientForProduct"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the changes of the fleet: who has changed what, from where
         * @description Access: the scope or right `audit:get`.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the changes of the fleet: who has changed what, from where
         * @description Access: the scope or right `audit:get`.
         */
        get: operations["listAuditForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List organizations: there are none, and Particle's clients ask for them
         * @description Access: every valid token.
         */
        get: operations["listOrganizations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the products that the caller owns or belongs to
         * @description Access: the scope or right `products:list`.
         */
        get: operations["listProducts"];
        put?: never;
        /**
         * Create a product
         * @description Access: a user, with an unlimited token.
         */
        post: operations["createProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the products that the caller owns or belongs to
         * @description Access: the scope or right `products:list`.
         */
        get: operations["listProductsAlias"];
        put?: never;
        /**
         * Create a product
         * @description Access: a user, with an unlimited token.
         */
        post: operations["createProductAlias"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a product
         * @description Access: the scope or right `products:get`.
         */
        get: operations["showProduct"];
        /**
         * Change the name, description or platform of a product
         * @description Access: the scope or right `products:update`.
         */
        put: operations["changeProduct"];
        post?: never;
        /**
         * Delete a product after a plan and a confirmation
         * @description Access: the scope or right `products:remove`.
         */
        delete: operations["removeProduct"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/team": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the people and API users of a product
         * @description Access: the scope or right `teams.users:list`.
         */
        get: operations["showTeam"];
        put?: never;
        /**
         * Invite a person to a product, or create an API user
         * @description Access: the scope or right `teams.users:invite`.
         */
        post: operations["addMember"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/team/{username}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change the role of a person or the scopes of an API user
         * @description Access: the scope or right `teams.users:update`.
         */
        put: operations["changeMember"];
        post?: never;
        /**
         * Remove a person or an API user from a product, or leave it
         * @description Access: the scope or right `teams.users:leave`.
         */
        delete: operations["removeMember"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/team/{username}/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Replace the token of an API user
         * @description Access: the scope or right `teams.users:update`.
         */
        put: operations["renewApiUserToken"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Offer the ownership of a product to a member of its team, after a plan
         * @description Access: the scope or right `products:transfer`.
         */
        post: operations["offerProduct"];
        /**
         * Withdraw the offer of a product's ownership
         * @description Access: the scope or right `products:transfer`.
         */
        delete: operations["withdrawOffer"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/transfers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the products that are offered to the caller
         * @description Access: a user, with an unlimited token.
         */
        get: operations["listOffers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/transfers/{transfer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept the ownership of a product
         * @description Access: a user, with an unlimited token.
         */
        post: operations["acceptOffer"];
        /**
         * Decline the ownership of a product
         * @description Access: a user, with an unlimited token.
         */
        delete: operations["declineOffer"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the invitations to the caller
         * @description Access: a user, with an unlimited token.
         */
        get: operations["listInvitations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/invitations/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation to a product
         * @description Access: a user, with an unlimited token.
         */
        post: operations["acceptInvitation"];
        /**
         * Decline an invitation to a product
         * @description Access: a user, with an unlimited token.
         */
        delete: operations["declineInvitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller's devices, or a page of them
         * @description Access: the scope or right `devices:list`.
         */
        get: operations["listDevices"];
        put?: never;
        /**
         * Provision a new device, or claim a device by its id
         * @description Access: the scope or right `devices:import`.
         */
        post: operations["addDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a page of the devices of a product
         * @description Access: the scope or right `devices:list`.
         */
        get: operations["listProductDevices"];
        /**
         * Add devices of a product to groups, and remove them from groups
         * @description Access: the scope or right `devices:update`.
         */
        put: operations["assignGroups"];
        /**
         * Provision a new device for a product, or add existing devices to it
         * @description Access: the scope or right `devices:import`.
         */
        post: operations["addProductDevices"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a device with its functions, its variables and its certificate
         * @description Access: the scope or right `devices:get`.
         */
        get: operations["showDevice"];
        /**
         * Change the name, the notes, the quarantine or the product settings of a device, or signal it
         * @description Access: the scope or right `devices:update`.
         */
        put: operations["changeDevice"];
        post?: never;
        /**
         * Give up a device
         * @description Access: the scope or right `devices:remove`.
         */
        delete: operations["removeDevice"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a device of a product
         * @description Access: the scope or right `devices:get`.
         */
        get: operations["showProductDevice"];
        /**
         * Change the name, the notes, the quarantine or the product settings of a device, or signal it
         * @description Access: the scope or right `devices:update`.
         */
        put: operations["changeDeviceForProduct"];
        post?: never;
        /**
         * Remove a device from a product and return it to its owner
         * @description Access: the scope or right `devices:remove`.
         */
        delete: operations["removeProductDevice"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device}/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Check whether a device answers now
         * @description Access: the scope or right `devices:ping`.
         */
        put: operations["pingDevice"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Check whether a device answers now
         * @description Access: the scope or right `devices:ping`.
         */
        put: operations["pingDeviceForProduct"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device}/recoveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the recoveries of a device, newest first
         * @description Access: the scope or right `devices:get`.
         */
        get: operations["listDeviceRecoveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}/recoveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the recoveries of a device, newest first
         * @description Access: the scope or right `devices:get`.
         */
        get: operations["listDeviceRecoveriesForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recoveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the recoveries of all devices of the fleet, newest first
         * @description Access: the scope or right `devices:list`.
         */
        get: operations["listRecoveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/recoveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the recoveries of all devices of the fleet, newest first
         * @description Access: the scope or right `devices:list`.
         */
        get: operations["listRecoveriesForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device}/presence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a page of the connects and disconnects of a device, newest first
         * @description Access: the scope or right `devices:get`.
         */
        get: operations["listPresence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}/presence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a page of the connects and disconnects of a device, newest first
         * @description Access: the scope or right `devices:get`.
         */
        get: operations["listPresenceForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device}/presence/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show how often a device is expected to be heard, and whether it is silent
         * @description Access: the scope or right `devices:get`.
         */
        get: operations["showHeartbeat"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}/presence/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show how often a device is expected to be heard, and whether it is silent
         * @description Access: the scope or right `devices:get`.
         */
        get: operations["showHeartbeatForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/device_claims": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a claim code
         * @description Access: the scope or right `devices:import`.
         */
        post: operations["createClaimCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/device_claims": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a claim code
         * @description Access: the scope or right `devices:import`.
         */
        post: operations["createClaimCodeForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the MQTT endpoints of all regions
         * @description Access: the scope or right `devices:list`.
         */
        get: operations["listEndpoints"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device}/certificate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the certificate of a device
         * @description Access: the scope or right `devices:get`.
         */
        get: operations["showCertificate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}/certificate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the certificate of a device
         * @description Access: the scope or right `devices:get`.
         */
        get: operations["showCertificateForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device}/certificate/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Issue a new certificate for a device, or ask the device to renew it
         * @description Access: the scope or right `devices:update`.
         */
        post: operations["rotateCertificate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}/certificate/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Issue a new certificate for a device, or ask the device to renew it
         * @description Access: the scope or right `devices:update`.
         */
        post: operations["rotateCertificateForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device}/certificate/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke the previous certificate of a device before its overlap ends
         * @description Access: the scope or right `devices:update`.
         */
        post: operations["confirmCertificate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}/certificate/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke the previous certificate of a device before its overlap ends
         * @description Access: the scope or right `devices:update`.
         */
        post: operations["confirmCertificateForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device}/certificate/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke all certificates of a device, or plan it
         * @description Access: the scope or right `devices:remove`.
         */
        post: operations["revokeCertificate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}/certificate/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke all certificates of a device, or plan it
         * @description Access: the scope or right `devices:remove`.
         */
        post: operations["revokeCertificateForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the groups of a product by name
         * @description Access: the scope or right `groups:list`.
         */
        get: operations["listGroups"];
        put?: never;
        /**
         * Create a group of devices
         * @description Access: the scope or right `groups:create`.
         */
        post: operations["createGroup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/groups/{group}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a group with the number of its devices
         * @description Access: the scope or right `groups:get`.
         */
        get: operations["showGroup"];
        /**
         * Change the name, the description or the color of a group
         * @description Access: the scope or right `groups:update`.
         */
        put: operations["changeGroup"];
        post?: never;
        /**
         * Remove a group; its devices stay in the product
         * @description Access: the scope or right `groups:remove`.
         */
        delete: operations["removeGroup"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/impact": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the devices that a release of a firmware version to groups would update
         * @description Access: the scope or right `groups.impact:get`.
         */
        get: operations["showImpact"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/diagnostics/{device}/update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask a device to publish its vitals
         * @description Access: the scope or right `devices.diagnostics:update`.
         */
        post: operations["requestVitals"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/diagnostics/{device}/update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask a device to publish its vitals
         * @description Access: the scope or right `devices.diagnostics:update`.
         */
        post: operations["requestVitalsForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/diagnostics/{device}/last": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the latest vitals of a device
         * @description Access: the scope or right `devices.diagnostics:get`.
         */
        get: operations["showLastVitals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/diagnostics/{device}/last": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the latest vitals of a device
         * @description Access: the scope or right `devices.diagnostics:get`.
         */
        get: operations["showLastVitalsForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/diagnostics/{device}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a page of the vitals of a device, newest first
         * @description Access: the scope or right `devices.diagnostics:get`.
         */
        get: operations["listVitals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/diagnostics/{device}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a page of the vitals of a device, newest first
         * @description Access: the scope or right `devices.diagnostics:get`.
         */
        get: operations["listVitalsForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/diagnostics/{device}/metadata": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what the vitals of a device mean
         * @description Access: the scope or right `devices.diagnostics.metadata:get`.
         */
        get: operations["showVitalsMetadata"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/diagnostics/{device}/metadata": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what the vitals of a device mean
         * @description Access: the scope or right `devices.diagnostics.metadata:get`.
         */
        get: operations["showVitalsMetadataForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/firmware": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the firmware versions of a product, the highest first
         * @description Access: the scope or right `firmware:list`.
         */
        get: operations["listFirmware"];
        put?: never;
        /**
         * Upload an image as a new firmware version
         * @description Access: the scope or right `firmware:create`.
         */
        post: operations["uploadFirmware"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/firmware/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the key documents of a product, oldest first
         * @description Access: the scope or right `firmware:get`.
         */
        get: operations["listSigningKeys"];
        put?: never;
        /**
         * Register the first signing keys of a product, or the next ones
         * @description Access: the scope or right `firmware.keys:update`.
         */
        post: operations["registerSigningKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/firmware/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Release a firmware version to groups, or to all devices without one
         * @description Access: the scope or right `firmware:release`.
         */
        put: operations["releaseFirmware"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/firmware/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a firmware version
         * @description Access: the scope or right `firmware:get`.
         */
        get: operations["showFirmware"];
        /**
         * Change the title and the description of a firmware version
         * @description Access: the scope or right `firmware:update`.
         */
        put: operations["changeFirmware"];
        post?: never;
        /**
         * Delete a firmware version that was never released
         * @description Access: the scope or right `firmware:remove`.
         */
        delete: operations["removeFirmware"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/firmware/{version}/manifest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Replace the signed manifest of a firmware version by one with a higher sequence
         * @description Access: the scope or right `firmware:update`.
         */
        put: operations["replaceManifest"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}/firmware-history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the firmware versions that a device has reported in the product, newest first
         * @description Access: the scope or right `firmware:get`.
         */
        get: operations["listFirmwareChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/firmware/{version}/exposure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the devices that run a firmware version or have ever run it
         * @description Access: the scope or right `firmware:get`.
         */
        get: operations["showExposure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/firmware/{version}/rollout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List when each device that ran a faulty version got the version with the fix
         * @description Access: the scope or right `firmware:get`.
         */
        get: operations["showRollout"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/firmware/{version}/binary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download the image of a firmware version, without its signature
         * @description Access: the scope or right `firmware.binary:get`.
         */
        get: operations["downloadFirmware"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/releases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the releases of a product, newest first
         * @description Access: the scope or right `firmware:list`.
         */
        get: operations["listReleases"];
        put?: never;
        /**
         * Release a firmware version to devices, in waves that stop by themselves
         * @description Access: the scope or right `firmware:release`.
         */
        post: operations["createRelease"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/releases/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show whom each wave of a release would reach, without a release
         * @description Access: the scope or right `firmware:release`.
         */
        post: operations["planRelease"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/releases/{release}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a release, with the number of its devices in each state
         * @description Access: the scope or right `firmware:get`.
         */
        get: operations["showRelease"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/releases/{release}/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the devices of a release, by state and wave
         * @description Access: the scope or right `firmware:get`.
         */
        get: operations["listReleaseDevices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/releases/{release}/devices/{device}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a device of a release, and in one sentence why it has not updated
         * @description Access: the scope or right `firmware:get`.
         */
        get: operations["showReleaseDevice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/releases/{release}/halt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Halt a release: no further device is offered the version
         * @description Access: the scope or right `firmware:release`.
         */
        post: operations["haltRelease"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/releases/{release}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a halted release
         * @description Access: the scope or right `firmware:release`.
         */
        post: operations["resumeRelease"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/releases/{release}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring the devices of a release back
         * @description Access: the scope or right `firmware:release`.
         */
        post: operations["rollBackRelease"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/releases/{release}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a release for the devices that it has not reached
         * @description Access: the scope or right `firmware:release`.
         */
        post: operations["cancelRelease"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/releases/{release}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export a release with all of its devices and times
         * @description Access: the scope or right `firmware:get`.
         */
        get: operations["exportRelease"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a variable of a device
         * @description Access: the scope or right `devices.variable:get`.
         */
        get: operations["readVariable"];
        put?: never;
        /**
         * Call a function of a device
         * @description Access: the scope or right `devices.function:call`.
         */
        post: operations["callFunction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a variable of a device
         * @description Access: the scope or right `devices.variable:get`.
         */
        get: operations["readVariableForProduct"];
        put?: never;
        /**
         * Call a function of a device
         * @description Access: the scope or right `devices.function:call`.
         */
        post: operations["callFunctionForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream the events of all devices of the fleet
         * @description Access: the scope or right `events:get`.
         */
        get: operations["streamEvents"];
        put?: never;
        /**
         * Publish an event
         * @description Access: the scope or right `events:send`.
         */
        post: operations["publishEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream the events of all devices of the fleet
         * @description Access: the scope or right `events:get`.
         */
        get: operations["streamEventsForProduct"];
        put?: never;
        /**
         * Publish an event
         * @description Access: the scope or right `events:send`.
         */
        post: operations["publishEventForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/events/{prefix}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream the events of the fleet whose names begin with a prefix
         * @description Access: the scope or right `events:get`.
         */
        get: operations["streamEventsByPrefix"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/events/{prefix}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream the events of the fleet whose names begin with a prefix
         * @description Access: the scope or right `events:get`.
         */
        get: operations["streamEventsByPrefixForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/{prefix}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream the caller's events whose names begin with a prefix
         * @description Access: the scope or right `events:get`.
         */
        get: operations["streamOwnEventsByPrefix"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream the events of one device
         * @description Access: the scope or right `events:get`.
         */
        get: operations["streamDeviceEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream the events of one device
         * @description Access: the scope or right `events:get`.
         */
        get: operations["streamDeviceEventsForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{device}/events/{prefix}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream the events of one device whose names begin with a prefix
         * @description Access: the scope or right `events:get`.
         */
        get: operations["streamDeviceEventsByPrefix"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/devices/{device}/events/{prefix}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream the events of one device whose names begin with a prefix
         * @description Access: the scope or right `events:get`.
         */
        get: operations["streamDeviceEventsByPrefixForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List integrations, or one page of them
         * @description Access: the scope or right `integrations:list`.
         */
        get: operations["listIntegrations"];
        put?: never;
        /**
         * Create an integration
         * @description Access: the scope or right `integrations:create`.
         */
        post: operations["createIntegration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks, or one page of them
         * @description Access: the scope or right `integrations:list`.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Create an integration
         * @description Access: the scope or right `integrations:create`.
         */
        post: operations["createIntegrationAlias"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List integrations, or one page of them
         * @description Access: the scope or right `integrations:list`.
         */
        get: operations["listIntegrationsForProduct"];
        put?: never;
        /**
         * Create an integration
         * @description Access: the scope or right `integrations:create`.
         */
        post: operations["createIntegrationForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks, or one page of them
         * @description Access: the scope or right `integrations:list`.
         */
        get: operations["listWebhooksForProduct"];
        put?: never;
        /**
         * Create an integration
         * @description Access: the scope or right `integrations:create`.
         */
        post: operations["createIntegrationForProductAlias"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show an integration with its settings, counters and latest attempts
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showIntegration"];
        /**
         * Replace the settings of an integration
         * @description Access: the scope or right `integrations:update`.
         */
        put: operations["replaceIntegration"];
        post?: never;
        /**
         * Delete an integration
         * @description Access: the scope or right `integrations:remove`.
         */
        delete: operations["removeIntegration"];
        options?: never;
        head?: never;
        /**
         * Change some settings of an integration; null removes a setting
         * @description Access: the scope or right `integrations:update`.
         */
        patch: operations["patchIntegration"];
        trace?: never;
    };
    "/v1/webhooks/{integration}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show an integration with its settings, counters and latest attempts
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showIntegrationAlias"];
        /**
         * Replace the settings of an integration
         * @description Access: the scope or right `integrations:update`.
         */
        put: operations["replaceIntegrationAlias"];
        post?: never;
        /**
         * Delete an integration
         * @description Access: the scope or right `integrations:remove`.
         */
        delete: operations["removeIntegrationAlias"];
        options?: never;
        head?: never;
        /**
         * Change some settings of an integration; null removes a setting
         * @description Access: the scope or right `integrations:update`.
         */
        patch: operations["patchIntegrationAlias"];
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show an integration with its settings, counters and latest attempts
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showIntegrationForProduct"];
        /**
         * Replace the settings of an integration
         * @description Access: the scope or right `integrations:update`.
         */
        put: operations["replaceIntegrationForProduct"];
        post?: never;
        /**
         * Delete an integration
         * @description Access: the scope or right `integrations:remove`.
         */
        delete: operations["removeIntegrationForProduct"];
        options?: never;
        head?: never;
        /**
         * Change some settings of an integration; null removes a setting
         * @description Access: the scope or right `integrations:update`.
         */
        patch: operations["patchIntegrationForProduct"];
        trace?: never;
    };
    "/v1/products/{product}/webhooks/{integration}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show an integration with its settings, counters and latest attempts
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showIntegrationForProductAlias"];
        /**
         * Replace the settings of an integration
         * @description Access: the scope or right `integrations:update`.
         */
        put: operations["replaceIntegrationForProductAlias"];
        post?: never;
        /**
         * Delete an integration
         * @description Access: the scope or right `integrations:remove`.
         */
        delete: operations["removeIntegrationForProductAlias"];
        options?: never;
        head?: never;
        /**
         * Change some settings of an integration; null removes a setting
         * @description Access: the scope or right `integrations:update`.
         */
        patch: operations["patchIntegrationForProductAlias"];
        trace?: never;
    };
    "/v1/integrations/{integration}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a page of the attempts of an integration that match a filter, newest first
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a page of the attempts of an integration that match a filter, newest first
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listAttemptsForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}/clone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create an integration from the settings of another one and some changes
         * @description Access: the scope or right `integrations:create`.
         */
        post: operations["cloneIntegration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/clone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create an integration from the settings of another one and some changes
         * @description Access: the scope or right `integrations:create`.
         */
        post: operations["cloneIntegrationForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enable an integration
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["enableIntegration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enable an integration
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["enableIntegrationForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}/signing-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the secret that signs the requests of a webhook
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["rotateSigningSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/signing-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the secret that signs the requests of a webhook
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["rotateSigningSecretForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the outcome of the deliveries of an integration
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showLedger"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the outcome of the deliveries of an integration
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showLedgerForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the deliveries, the backlog, the events or the calls of a fleet by time
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the deliveries, the backlog, the events or the calls of a fleet by time
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showSeriesForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the data operations of a fleet, and what they cost
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the data operations of a fleet, and what they cost
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showUsageForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the limits of usage of a fleet, with how far each is used
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listUsageLimits"];
        put?: never;
        /**
         * Create a limit of the usage of a fleet, a product, a device or an integration
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["createUsageLimit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/usage/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the limits of usage of a fleet, with how far each is used
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listUsageLimitsForProduct"];
        put?: never;
        /**
         * Create a limit of the usage of a fleet, a product, a device or an integration
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["createUsageLimitForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage/limits/{usage_limit}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a limit of usage, with how far it is used
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showUsageLimit"];
        /**
         * Replace the number, the action and the name of a limit of usage
         * @description Access: the scope or right `integrations:update`.
         */
        put: operations["replaceUsageLimit"];
        post?: never;
        /**
         * Remove a limit of usage; what it parked stays in the dead letters
         * @description Access: the scope or right `integrations:update`.
         */
        delete: operations["removeUsageLimit"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/usage/limits/{usage_limit}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a limit of usage, with how far it is used
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showUsageLimitForProduct"];
        /**
         * Replace the number, the action and the name of a limit of usage
         * @description Access: the scope or right `integrations:update`.
         */
        put: operations["replaceUsageLimitForProduct"];
        post?: never;
        /**
         * Remove a limit of usage; what it parked stays in the dead letters
         * @description Access: the scope or right `integrations:update`.
         */
        delete: operations["removeUsageLimitForProduct"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/service_agreements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the usage of the fleet in this month, as a service agreement
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listServiceAgreements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/service_agreements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the usage of the fleet in this month, as a service agreement
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listServiceAgreementsForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/service_agreements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the usage of an organization: there are none, so this fails
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listOrganizationAgreements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/service_agreements/{agreement}/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the latest notices about limits of usage, newest first
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listUsageNotices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/service_agreements/{agreement}/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the latest notices about limits of usage, newest first
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listUsageNoticesForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{org}/service_agreements/{agreement}/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the notices of an organization: there are none, so this fails
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listOrganizationNotices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/service_agreements/{agreement}/usage_reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Request a table of the usage of devices
         * @description Access: the scope or right `integrations:get`.
         */
        post: operations["createUsageReport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/service_agreements/{agreement}/usage_reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Request a table of the usage of devices
         * @description Access: the scope or right `integrations:get`.
         */
        post: operations["createUsageReportForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/user/usage_reports/{report}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a usage report, or download its table
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showUsageReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/usage_reports/{report}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a usage report, or download its table
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showUsageReportForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show the requests that a new integration would send
         * @description Access: the scope or right `integrations:create`.
         */
        post: operations["previewNewIntegration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show the requests that a new integration would send
         * @description Access: the scope or right `integrations:create`.
         */
        post: operations["previewNewIntegrationForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show the requests that an integration would send, with some changes
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["previewIntegration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show the requests that an integration would send, with some changes
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["previewIntegrationForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an event to the target of an integration once
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["testIntegration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an event to the target of an integration once
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["testIntegrationForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/archive/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a page of the archived events of a time span, oldest first
         * @description Access: the scope or right `events:get`.
         */
        get: operations["listArchivedEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/archive/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a page of the archived events of a time span, oldest first
         * @description Access: the scope or right `events:get`.
         */
        get: operations["listArchivedEventsForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the pages of all regions with their deliveries, open ones first
         * @description Access: an operator of the deployment.
         */
        get: operations["listPages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pages/{page}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send the dead letters of a page again
         * @description Access: an operator of the deployment.
         */
        post: operations["replayPage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pages/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the form that acknowledges a self-test; the link of a self-test leads here
         * @description Access: everyone, without a token.
         */
        get: operations["showAcknowledgement"];
        put?: never;
        /**
         * Acknowledge one way of a self-test by its signed link
         * @description Access: everyone, without a token.
         */
        post: operations["acknowledge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the state of the deployment in all regions
         * @description Access: an operator of the deployment.
         */
        get: operations["showOperations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a page of the dead letters that match a filter, newest first
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        /**
         * Delete the dead letters that match a filter, or plan it
         * @description Access: the scope or right `integrations:update`.
         */
        delete: operations["removeDeadLetters"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a page of the dead letters that match a filter, newest first
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listDeadLettersForProduct"];
        put?: never;
        post?: never;
        /**
         * Delete the dead letters that match a filter, or plan it
         * @description Access: the scope or right `integrations:update`.
         */
        delete: operations["removeDeadLettersForProduct"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}/dead-letters/{letter}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a dead letter
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showDeadLetter"];
        put?: never;
        post?: never;
        /**
         * Delete a dead letter
         * @description Access: the scope or right `integrations:update`.
         */
        delete: operations["removeDeadLetter"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/dead-letters/{letter}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a dead letter
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showDeadLetterForProduct"];
        put?: never;
        post?: never;
        /**
         * Delete a dead letter
         * @description Access: the scope or right `integrations:update`.
         */
        delete: operations["removeDeadLetterForProduct"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}/dead-letters/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a job that delivers dead letters again, or plan it
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["replayDeadLetters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/dead-letters/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a job that delivers dead letters again, or plan it
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["replayDeadLettersForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}/backfill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a job that delivers archived events to an integration, or plan it
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["backfill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/backfill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a job that delivers archived events to an integration, or plan it
         * @description Access: the scope or right `integrations:update`.
         */
        post: operations["backfillForProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the jobs of an integration, newest first, or a page of them
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the jobs of an integration, newest first, or a page of them
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["listJobsForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{integration}/jobs/{job}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the progress of a job
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showJob"];
        put?: never;
        post?: never;
        /**
         * Stop a job
         * @description Access: the scope or right `integrations:update`.
         */
        delete: operations["stopJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/integrations/{integration}/jobs/{job}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the progress of a job
         * @description Access: the scope or right `integrations:get`.
         */
        get: operations["showJobForProduct"];
        put?: never;
        post?: never;
        /**
         * Stop a job
         * @description Access: the scope or right `integrations:update`.
         */
        delete: operations["stopJobForProduct"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show whether events are archived
         * @description Access: a user, with an unlimited token.
         */
        get: operations["showArchive"];
        /**
         * Turn the archive of events on or off
         * @description Access: a user, with an unlimited token.
         */
        put: operations["changeArchive"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show whether events are archived
         * @description Access: the scope or right `archive:get`.
         */
        get: operations["showArchiveForProduct"];
        /**
         * Turn the archive of events on or off
         * @description Access: the scope or right `archive:update`.
         */
        put: operations["changeArchiveForProduct"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status/concerns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show which integrations and devices of the fleet an incident or a time span touched
         * @description Access: the scope or right `integrations:list`.
         */
        get: operations["showConcern"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/status/concerns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show which integrations and devices of the fleet an incident or a time span touched
         * @description Access: the scope or right `integrations:list`.
         */
        get: operations["showConcernForProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status/incidents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the incidents and maintenances of the last 90 days
         * @description Access: an operator of the deployment.
         */
        get: operations["listIncidents"];
        put?: never;
        /**
         * Open an incident, a general notice, or a maintenance with scheduled times
         * @description Access: an operator of the deployment.
         */
        post: operations["openIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status/incidents/{incident}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show an incident or a maintenance, and who changed it
         * @description Access: an operator of the deployment.
         */
        get: operations["showIncident"];
        /**
         * Attach a postmortem in Markdown to a resolved incident, or replace it
         * @description Access: an operator of the deployment.
         */
        put: operations["writePostmortem"];
        /**
         * Add an update to an incident or a maintenance
         * @description Access: an operator of the deployment.
         */
        post: operations["updateIncident"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Merge an incident into another one, which continues it
         * @description Access: an operator of the deployment.
         */
        patch: operations["mergeIncident"];
        trace?: never;
    };
    "/v1/status/incidents/{incident}/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the messages to subscribers about an incident, with their attempts
         * @description Access: an operator of the deployment.
         */
        get: operations["listNotices"];
        put?: never;
        /**
         * Send dead-lettered messages about an incident again
         * @description Access: an operator of the deployment.
         */
        post: operations["replayNotices"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Subscribe an address or a webhook to the status page; it must be confirmed
         * @description Access: everyone, without a token.
         */
        post: operations["requestSubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status/subscriptions/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the subscription that a mailed link confirms, without confirming it
         * @description Access: everyone, without a token.
         */
        get: operations["showConfirmation"];
        put?: never;
        /**
         * Confirm a subscription by the token of a mailed link
         * @description Access: everyone, without a token.
         */
        post: operations["confirmSubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status/subscriptions/unsubscribe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the subscription that a link ends, without ending it
         * @description Access: everyone, without a token.
         */
        get: operations["showUnsubscription"];
        put?: never;
        /**
         * End a subscription by the token of a link; also the one-click request of mail programs
         * @description Access: everyone, without a token.
         */
        post: operations["unsubscribe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{product}/status/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the contacts of a product, who get messages about incidents with its numbers
         * @description Access: the scope or right `products:get`.
         */
        get: operations["listContacts"];
        put?: never;
        /**
         * Add a contact to a product: an address or a webhook, which must be confirmed
         * @description Access: the scope or right `products:update`.
         */
        post: operations["addContact"];
        /**
         * Remove a contact of a product
         * @description Access: the scope or right `products:update`.
         */
        delete: operations["removeContact"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An error. `error` is a code, or, for calls of devices, a sentence of Particle's API. Other fields are possible. */
        Error: {
            /** @constant */
            ok: false;
            error: string;
            error_description: string;
            info?: string;
        };
        HealthReply: {
            /** @constant */
            ok: true;
            region: string;
        };
        ReceiveCanaryInput: {
            nonce: string;
        };
        ReceiveCanaryReply: {
            /** @constant */
            ok: true;
            nonce: string;
            region: string;
        };
        ShowOpenApiReplyInfo: {
            title: string;
            version: string;
        } & {
            [key: string]: unknown;
        };
        ShowOpenApiReply: {
            openapi: string;
            info: components["schemas"]["ShowOpenApiReplyInfo"];
        } & {
            [key: string]: unknown;
        };
        ShowAsyncApiReplyInfo: {
            title: string;
            version: string;
        } & {
            [key: string]: unknown;
        };
        ShowAsyncApiReply: {
            asyncapi: string;
            info: components["schemas"]["ShowAsyncApiReplyInfo"];
        } & {
            [key: string]: unknown;
        };
        SignUpInputAccountInfo: {
            first_name?: string;
            last_name?: string;
            business_account?: boolean;
            company_name?: string;
        };
        SignUpInput: {
            username: string;
            password: string;
            account_info?: components["schemas"]["SignUpInputAccountInfo"];
            utm?: unknown;
        };
        SignUpReply: {
            /** @constant */
            ok: true;
        };
        ShowUserReplyAccountInfo: {
            first_name?: string;
            last_name?: string;
            business_account?: boolean;
            company_name?: string;
        };
        ShowUserReplyMfa: {
            enabled: boolean;
        };
        ShowUserReply: {
            username: string;
            /** @constant */
            tos: 0;
            account_info: components["schemas"]["ShowUserReplyAccountInfo"];
            mfa: components["schemas"]["ShowUserReplyMfa"];
            memberships: unknown[];
            /** @constant */
            scim_provisioned: false;
            /** @constant */
            no_password: false;
            /** @constant */
            wifi_device_count: 0;
            /** @constant */
            cellular_device_count: 0;
        };
        ChangeUserInputAccountInfo: {
            first_name?: string;
            last_name?: string;
            business_account?: boolean;
            company_name?: string;
        };
        ChangeUserInput: {
            account_info?: components["schemas"]["ChangeUserInputAccountInfo"];
            username?: string;
            password?: string;
            current_password?: string;
            invalidate_tokens?: boolean;
        };
        ChangeUserReplyAccountInfo: {
            first_name?: string;
            last_name?: string;
            business_account?: boolean;
            company_name?: string;
        };
        ChangeUserReplyMfa: {
            enabled: boolean;
        };
        ChangeUserReply: {
            username: string;
            /** @constant */
            tos: 0;
            account_info: components["schemas"]["ChangeUserReplyAccountInfo"];
            mfa: components["schemas"]["ChangeUserReplyMfa"];
            memberships: unknown[];
            /** @constant */
            scim_provisioned: false;
            /** @constant */
            no_password: false;
            /** @constant */
            wifi_device_count: 0;
            /** @constant */
            cellular_device_count: 0;
            /** @constant */
            ok: true;
            pending_username?: string;
        };
        RemoveUserInput: {
            password: string;
        };
        RemoveUserReply: {
            /** @constant */
            ok: true;
        };
        RequestResetInput: {
            username: string;
        };
        RequestResetReply: {
            /** @constant */
            ok: true;
        };
        ResetPasswordInput: {
            token: string;
            password: string;
        };
        ResetPasswordReply: {
            /** @constant */
            ok: true;
        };
        ConfirmAddressInput: {
            token: string;
        };
        ConfirmAddressReply: {
            /** @constant */
            ok: true;
            username: string;
        };
        StartMfaReply: {
            /** @constant */
            ok: true;
            mfa_token: string;
            qr_url: string;
            secret: string;
        };
        ConfirmMfaInput: {
            mfa_token: string;
            otp: string;
            invalidate_tokens?: boolean;
        };
        ConfirmMfaReply: {
            /** @constant */
            ok: true;
            /** @constant */
            enrolled: true;
            tokens: unknown[];
            recovery_codes: string[];
        };
        DisableMfaInput: {
            current_password: string;
        };
        DisableMfaReply: {
            /** @constant */
            ok: true;
        };
        LogInInput: {
            grant_type?: string;
            /** @default  */
            username: string;
            /** @default  */
            password: string;
            /** @default  */
            refresh_token: string;
            /** @default  */
            mfa_token: string;
            /** @default  */
            otp: string;
            /** @default  */
            client_id: string;
            /** @default  */
            client_secret: string;
            expires_in?: number;
            expires_at?: string | number;
        };
        LogInReply: {
            /** @constant */
            token_type: "bearer";
            access_token: string;
            expires_in: number;
            refresh_token?: string;
        };
        ListTokensReplyItem: {
            token: string;
            id: string;
            expires_at: string | null;
            client: string;
            created_at: string;
        };
        ListTokensReply: components["schemas"]["ListTokensReplyItem"][];
        TokenRevocationReply: {
            /** @constant */
            ok: true;
        };
        ShowCurrentTokenReply: {
            expires_at: string | null;
            client: string;
            client_id: string;
            scopes: string[];
            orgs: unknown[];
        };
        RevokeCurrentTokenReply: {
            /** @constant */
            ok: true;
        };
        RevokeTokenReply: {
            /** @constant */
            ok: true;
        };
        SignInInput: {
            /** @default  */
            username: string;
            /** @default  */
            password: string;
            /** @default  */
            otp: string;
            /** @default  */
            mfa_token: string;
        };
        SignInReply: {
            /** @constant */
            signed_in: true;
            username: string;
            /** Format: date-time */
            expires_at: string;
            csrf_token: string;
            operator: boolean;
        };
        ShowSessionReplyOption1: {
            /** @constant */
            signed_in: true;
            username: string;
            /** Format: date-time */
            expires_at: string;
            csrf_token: string;
            operator: boolean;
        };
        ShowSessionReplyOption2: {
            /** @constant */
            signed_in: false;
        };
        ShowSessionReply: components["schemas"]["ShowSessionReplyOption1"] | components["schemas"]["ShowSessionReplyOption2"];
        SignOutReply: {
            /** @constant */
            ok: true;
        };
        RedeemSessionLinkInput: {
            code: string;
        };
        RedeemSessionLinkReply: {
            /** @constant */
            signed_in: true;
            username: string;
            /** Format: date-time */
            expires_at: string;
            csrf_token: string;
            operator: boolean;
        };
        SignOutEverywhereReply: {
            /** @constant */
            ok: true;
        };
        ListClientsReplyClientsItem: {
            name: string;
            /** @enum {string} */
            type: "installed" | "web";
            id: string;
            redirect_uri?: string;
            product_id?: number;
            scope?: string;
        };
        ListClientsReply: {
            /** @constant */
            ok: true;
            clients: components["schemas"]["ListClientsReplyClientsItem"][];
        };
        CreateClientInput: {
            name: string;
            /**
             * @default installed
             * @enum {string}
             */
            type: "installed" | "web";
            /** Format: uri */
            redirect_uri?: string;
            scope?: string[] | string;
        };
        CreateClientReplyClient: {
            name: string;
            /** @enum {string} */
            type: "installed" | "web";
            id: string;
            redirect_uri?: string;
            product_id?: number;
            scope?: string;
            secret: string;
        };
        CreateClientReply: {
            /** @constant */
            ok: true;
            client: components["schemas"]["CreateClientReplyClient"];
        };
        UpdateClientInput: {
            name?: string;
            scope?: string[] | string;
        };
        UpdateClientReplyClient: {
            name: string;
            /** @enum {string} */
            type: "installed" | "web";
            id: string;
            redirect_uri?: string;
            product_id?: number;
            scope?: string;
        };
        UpdateClientReply: {
            /** @constant */
            ok: true;
            client: components["schemas"]["UpdateClientReplyClient"];
        };
        ListAuditReplyEntriesItemActor: {
            /** @enum {string} */
            kind: "user" | "client" | "operator" | "device" | "system";
            name?: string;
            token_id?: string;
        };
        ListAuditReplyEntriesItemSubject: {
            kind: string;
            id?: string;
            name?: string;
        };
        ListAuditReplyEntriesItemOrigin: {
            address: string;
            user_agent?: string;
        };
        ListAuditReplyEntriesItem: {
            id: string;
            /** Format: date-time */
            at: string;
            actor: components["schemas"]["ListAuditReplyEntriesItemActor"];
            action: string;
            subject: components["schemas"]["ListAuditReplyEntriesItemSubject"];
            /** @enum {string} */
            outcome: "done" | "failed" | "unknown";
            failure?: string;
            fields?: string[];
            before?: {
                [key: string]: unknown;
            };
            after?: {
                [key: string]: unknown;
            };
            origin?: components["schemas"]["ListAuditReplyEntriesItemOrigin"];
            request_id?: string;
        };
        ListAuditReply: {
            entries: components["schemas"]["ListAuditReplyEntriesItem"][];
            cursor?: string;
        };
        ListOrganizationsReply: {
            organizations: unknown[];
        };
        ListProductsReplyProductsItemSettings: Record<string, never>;
        ListProductsReplyProductsItem: {
            id: number;
            platform_id: number;
            name: string;
            slug: string;
            description: string;
            user: string;
            org: null;
            groups: unknown[];
            settings: components["schemas"]["ListProductsReplyProductsItemSettings"];
            /** @constant */
            device_protection: "disabled";
            role: ("owner" | "administrator" | "developer" | "support" | "viewer") | null;
        };
        ListProductsReply: {
            products: components["schemas"]["ListProductsReplyProductsItem"][];
        };
        CreateProductInputOption1Product: {
            name: string;
            settings?: unknown;
            /** @default  */
            description: string;
            platform_id?: number;
        };
        CreateProductInputOption1: {
            product: components["schemas"]["CreateProductInputOption1Product"];
        };
        CreateProductInputOption2: {
            name: string;
            settings?: unknown;
            /** @default  */
            description: string;
            platform_id?: number;
        };
        CreateProductInput: components["schemas"]["CreateProductInputOption1"] | components["schemas"]["CreateProductInputOption2"];
        CreateProductReplyProductSettings: Record<string, never>;
        CreateProductReplyProduct: {
            id: number;
            platform_id: number;
            name: string;
            slug: string;
            description: string;
            user: string;
            org: null;
            groups: unknown[];
            settings: components["schemas"]["CreateProductReplyProductSettings"];
            /** @constant */
            device_protection: "disabled";
            role: ("owner" | "administrator" | "developer" | "support" | "viewer") | null;
        };
        CreateProductReply: {
            /** @constant */
            ok: true;
            product: components["schemas"]["CreateProductReplyProduct"];
        };
        ShowProductReplyProductSettings: Record<string, never>;
        ShowProductReplyProduct: {
            id: number;
            platform_id: number;
            name: string;
            slug: string;
            description: string;
            user: string;
            org: null;
            groups: unknown[];
            settings: components["schemas"]["ShowProductReplyProductSettings"];
            /** @constant */
            device_protection: "disabled";
            role: ("owner" | "administrator" | "developer" | "support" | "viewer") | null;
        };
        ShowProductReply: {
            product: components["schemas"]["ShowProductReplyProduct"];
        };
        ChangeProductInput: {
            name?: string;
            description?: string;
            platform_id?: number;
        };
        ChangeProductReplyProductSettings: Record<string, never>;
        ChangeProductReplyProduct: {
            id: number;
            platform_id: number;
            name: string;
            slug: string;
            description: string;
            user: string;
            org: null;
            groups: unknown[];
            settings: components["schemas"]["ChangeProductReplyProductSettings"];
            /** @constant */
            device_protection: "disabled";
            role: ("owner" | "administrator" | "developer" | "support" | "viewer") | null;
        };
        ChangeProductReply: {
            /** @constant */
            ok: true;
            product: components["schemas"]["ChangeProductReplyProduct"];
        };
        RemoveProductReplyOption1Plan: {
            devices: number;
            integrations: number;
            dead_letters: number;
            counted_at_most: number;
            api_users: number;
            clients: number;
            members: number;
            invitations: number;
            claim_certificates: number;
            firmware_versions: number;
        };
        RemoveProductReplyOption1: {
            /** @constant */
            ok: true;
            plan: components["schemas"]["RemoveProductReplyOption1Plan"];
            confirm: string;
        };
        RemoveProductReplyOption2: {
            /** @constant */
            ok: true;
            /** @constant */
            removed: true;
        };
        RemoveProductReply: components["schemas"]["RemoveProductReplyOption1"] | components["schemas"]["RemoveProductReplyOption2"];
        RemoveProductReply202: {
            /** @constant */
            ok: true;
            /** @constant */
            removed: false;
            left: number;
        };
        ShowTeamReplyTeamItemOption1: {
            username: string;
            /** @constant */
            is_programmatic: false;
            /** @constant */
            role: "owner";
            product_id: number;
            /** Format: date-time */
            since: string;
        };
        ShowTeamReplyTeamItemOption2: {
            username: string;
            /** @constant */
            is_programmatic: false;
            /** @enum {string} */
            role: "administrator" | "developer" | "support" | "viewer";
            product_id: number;
            /** Format: date-time */
            since: string;
            invited_by: string;
        };
        ShowTeamReplyTeamItemOption3: {
            username: string;
            friendly_name: string;
            /** @constant */
            is_programmatic: true;
            scopes: string[];
            product_id: number;
        };
        ShowTeamReplyInvitationsItem: {
            id: string;
            username: string;
            /** @enum {string} */
            role: "administrator" | "developer" | "support" | "viewer";
            invited_by: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
        };
        ShowTeamReplyTransferOption1: {
            id: string;
            username: string;
            offered_by: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
        };
        ShowTeamReply: {
            /** @constant */
            ok: true;
            team: (components["schemas"]["ShowTeamReplyTeamItemOption1"] | components["schemas"]["ShowTeamReplyTeamItemOption2"] | components["schemas"]["ShowTeamReplyTeamItemOption3"])[];
            invitations: components["schemas"]["ShowTeamReplyInvitationsItem"][];
            transfer: components["schemas"]["ShowTeamReplyTransferOption1"] | null;
        };
        AddMemberInputOption1: {
            username: string;
            role?: string;
        };
        AddMemberInputOption2: {
            friendly_name: string;
            scopes: string[] | string;
        };
        AddMemberInput: components["schemas"]["AddMemberInputOption1"] | components["schemas"]["AddMemberInputOption2"];
        AddMemberReplyOption1Invitation: {
            id: string;
            username: string;
            /** @enum {string} */
            role: "administrator" | "developer" | "support" | "viewer";
            invited_by: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
        };
        AddMemberReplyOption1: {
            /** @constant */
            ok: true;
            invitation: components["schemas"]["AddMemberReplyOption1Invitation"];
        };
        AddMemberReplyOption2CreatedTokensItem: {
            token: string;
        };
        AddMemberReplyOption2Created: {
            username: string;
            friendly_name: string;
            /** @constant */
            is_programmatic: true;
            scopes: string[];
            product_id: number;
            tokens: components["schemas"]["AddMemberReplyOption2CreatedTokensItem"][];
        };
        AddMemberReplyOption2: {
            /** @constant */
            ok: true;
            created: components["schemas"]["AddMemberReplyOption2Created"];
        };
        AddMemberReply: components["schemas"]["AddMemberReplyOption1"] | components["schemas"]["AddMemberReplyOption2"];
        ChangeMemberInputOption1: {
            role: string;
        };
        ChangeMemberInputOption2: {
            scopes: string[] | string;
        };
        ChangeMemberInput: components["schemas"]["ChangeMemberInputOption1"] | components["schemas"]["ChangeMemberInputOption2"];
        ChangeMemberReplyUpdatedOption1: {
            username: string;
            /** @enum {string} */
            role: "administrator" | "developer" | "support" | "viewer";
        };
        ChangeMemberReplyUpdatedOption2TokensItem: {
            token: string;
        };
        ChangeMemberReplyUpdatedOption2: {
            username: string;
            friendly_name: string;
            /** @constant */
            is_programmatic: true;
            scopes: string[];
            product_id: number;
            tokens: components["schemas"]["ChangeMemberReplyUpdatedOption2TokensItem"][];
        };
        ChangeMemberReply: {
            /** @constant */
            ok: true;
            updated: components["schemas"]["ChangeMemberReplyUpdatedOption1"] | components["schemas"]["ChangeMemberReplyUpdatedOption2"];
        };
        RenewApiUserTokenReplyCreatedTokensItem: {
            token: string;
        };
        RenewApiUserTokenReplyCreated: {
            username: string;
            friendly_name: string;
            /** @constant */
            is_programmatic: true;
            scopes: string[];
            product_id: number;
            tokens: components["schemas"]["RenewApiUserTokenReplyCreatedTokensItem"][];
        };
        RenewApiUserTokenReply: {
            /** @constant */
            ok: true;
            created: components["schemas"]["RenewApiUserTokenReplyCreated"];
        };
        OfferProductInput: {
            username: string;
            plan?: boolean;
            confirm?: number | string;
        };
        OfferProductReplyOption1Transfer: {
            id: string;
            username: string;
            offered_by: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
        };
        OfferProductReplyOption1: {
            /** @constant */
            ok: true;
            transfer: components["schemas"]["OfferProductReplyOption1Transfer"];
        };
        OfferProductReplyOption2Plan: {
            devices: number;
            integrations: number;
            dead_letters: number;
            counted_at_most: number;
            api_users: number;
            clients: number;
            members: number;
            invitations: number;
            claim_certificates: number;
            firmware_versions: number;
            from: string;
            to: string;
            roles: {
                [key: string]: string;
            };
        };
        OfferProductReplyOption2: {
            /** @constant */
            ok: true;
            plan: components["schemas"]["OfferProductReplyOption2Plan"];
            confirm: string;
        };
        OfferProductReply: components["schemas"]["OfferProductReplyOption1"] | components["schemas"]["OfferProductReplyOption2"];
        ListOffersReplyTransfersItemProduct: {
            id: number;
            name: string;
            slug: string;
        };
        ListOffersReplyTransfersItem: {
            id: string;
            username: string;
            offered_by: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            product: components["schemas"]["ListOffersReplyTransfersItemProduct"];
        };
        ListOffersReply: {
            transfers: components["schemas"]["ListOffersReplyTransfersItem"][];
        };
        AcceptOfferReplyProductSettings: Record<string, never>;
        AcceptOfferReplyProduct: {
            id: number;
            platform_id: number;
            name: string;
            slug: string;
            description: string;
            user: string;
            org: null;
            groups: unknown[];
            settings: components["schemas"]["AcceptOfferReplyProductSettings"];
            /** @constant */
            device_protection: "disabled";
            role: ("owner" | "administrator" | "developer" | "support" | "viewer") | null;
        };
        AcceptOfferReply: {
            /** @constant */
            ok: true;
            product: components["schemas"]["AcceptOfferReplyProduct"];
        };
        ListInvitationsReplyInvitationsItemProduct: {
            id: number;
            name: string;
            slug: string;
        };
        ListInvitationsReplyInvitationsItem: {
            id: string;
            username: string;
            /** @enum {string} */
            role: "administrator" | "developer" | "support" | "viewer";
            invited_by: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            product: components["schemas"]["ListInvitationsReplyInvitationsItemProduct"];
        };
        ListInvitationsReply: {
            invitations: components["schemas"]["ListInvitationsReplyInvitationsItem"][];
        };
        AcceptInvitationReplyProductSettings: Record<string, never>;
        AcceptInvitationReplyProduct: {
            id: number;
            platform_id: number;
            name: string;
            slug: string;
            description: string;
            user: string;
            org: null;
            groups: unknown[];
            settings: components["schemas"]["AcceptInvitationReplyProductSettings"];
            /** @constant */
            device_protection: "disabled";
            role: ("owner" | "administrator" | "developer" | "support" | "viewer") | null;
        };
        AcceptInvitationReply: {
            /** @constant */
            ok: true;
            product: components["schemas"]["AcceptInvitationReplyProduct"];
        };
        ListDevicesReplyOption1Item: {
            id: string;
            name: string | null;
            owner: string | null;
            connected: boolean;
            online: boolean;
            last_heard: string | null;
            last_handshake_at: string | null;
            last_ip_address: string | null;
            last_app: null;
            product_id: number | null;
            platform_id: null;
            /** @constant */
            cellular: false;
            notes: string | null;
            /** @constant */
            status: "normal";
            quarantined: boolean;
            serial_number: null;
            iccid: null;
            imei: null;
            mac_wifi: null;
            mobile_secret: null;
            system_firmware_version: null;
            firmware: string | null;
            firmware_version: number | null;
            firmware_updates_enabled: null;
            firmware_updates_forced: null;
        };
        ListDevicesReplyOption2DevicesItem: {
            id: string;
            name: string | null;
            owner: string | null;
            connected: boolean;
            online: boolean;
            last_heard: string | null;
            last_handshake_at: string | null;
            last_ip_address: string | null;
            last_app: null;
            product_id: number | null;
            platform_id: null;
            /** @constant */
            cellular: false;
            notes: string | null;
            /** @constant */
            status: "normal";
            quarantined: boolean;
            serial_number: null;
            iccid: null;
            imei: null;
            mac_wifi: null;
            mobile_secret: null;
            system_firmware_version: null;
            firmware: string | null;
            firmware_version: number | null;
            firmware_updates_enabled: null;
            firmware_updates_forced: null;
        };
        ListDevicesReplyOption2: {
            devices: components["schemas"]["ListDevicesReplyOption2DevicesItem"][];
            cursor?: string;
        };
        ListDevicesReply: components["schemas"]["ListDevicesReplyOption1Item"][] | components["schemas"]["ListDevicesReplyOption2"];
        ListProductDevicesReplyOption1DevicesItem: {
            id: string;
            name: string | null;
            owner: string | null;
            connected: boolean;
            online: boolean;
            last_heard: string | null;
            last_handshake_at: string | null;
            last_ip_address: string | null;
            last_app: null;
            product_id: number | null;
            platform_id: null;
            /** @constant */
            cellular: false;
            notes: string | null;
            /** @constant */
            status: "normal";
            quarantined: boolean;
            serial_number: null;
            iccid: null;
            imei: null;
            mac_wifi: null;
            mobile_secret: null;
            system_firmware_version: null;
            firmware: string | null;
            firmware_version: number | null;
            firmware_updates_enabled: null;
            firmware_updates_forced: null;
            firmware_product_id: number | null;
            readonly groups: string[];
            desired_firmware_version: number | null;
            targeted_firmware_release_version: number | null;
            development: boolean;
            /** @constant */
            denied: false;
        };
        ListProductDevicesReplyOption1Meta: {
            total_pages: number;
        };
        ListProductDevicesReplyOption1: {
            devices: components["schemas"]["ListProductDevicesReplyOption1DevicesItem"][];
            customers: unknown[];
            meta: components["schemas"]["ListProductDevicesReplyOption1Meta"];
        };
        ListProductDevicesReplyOption2DevicesItem: {
            id: string;
            name: string | null;
            owner: string | null;
            connected: boolean;
            online: boolean;
            last_heard: string | null;
            last_handshake_at: string | null;
            last_ip_address: string | null;
            last_app: null;
            product_id: number | null;
            platform_id: null;
            /** @constant */
            cellular: false;
            notes: string | null;
            /** @constant */
            status: "normal";
            quarantined: boolean;
            serial_number: null;
            iccid: null;
            imei: null;
            mac_wifi: null;
            mobile_secret: null;
            system_firmware_version: null;
            firmware: string | null;
            firmware_version: number | null;
            firmware_updates_enabled: null;
            firmware_updates_forced: null;
            firmware_product_id: number | null;
            readonly groups: string[];
            desired_firmware_version: number | null;
            targeted_firmware_release_version: number | null;
            development: boolean;
            /** @constant */
            denied: false;
        };
        ListProductDevicesReplyOption2: {
            devices: components["schemas"]["ListProductDevicesReplyOption2DevicesItem"][];
            cursor?: string;
        };
        ListProductDevicesReply: components["schemas"]["ListProductDevicesReplyOption1"] | components["schemas"]["ListProductDevicesReplyOption2"];
        AddDeviceInputOption1: {
            name?: string;
            csr?: string;
            provision: boolean;
            idempotency_key?: string;
        };
        AddDeviceInputOption2: {
            product_id: string | number;
            idempotency_key?: string;
        };
        AddDeviceInputOption3: {
            id: string;
            claim_code?: string;
            signature?: string;
            request_transfer?: boolean;
        };
        AddDeviceInput: components["schemas"]["AddDeviceInputOption1"] | components["schemas"]["AddDeviceInputOption2"] | components["schemas"]["AddDeviceInputOption3"];
        AddDeviceReplyOption1: {
            /** @constant */
            ok: true;
            id: string;
            deviceID: string;
            /** @constant */
            claimed: true;
        };
        AddDeviceReplyOption2EndpointsItem: {
            region: string;
            mqtt: string;
        };
        AddDeviceReplyOption2: {
            /** @constant */
            ok: true;
            /** @constant */
            repeated?: true;
            id: string;
            device_id: string;
            name: string | null;
            fleet: string;
            product_id: number | null;
            certificate: string;
            private_key?: string;
            ca: string;
            readonly endpoints: components["schemas"]["AddDeviceReplyOption2EndpointsItem"][];
            certificate_issued_at: string | null;
            certificate_expires_at: string | null;
        };
        AddDeviceReply: components["schemas"]["AddDeviceReplyOption1"] | components["schemas"]["AddDeviceReplyOption2"];
        AddDeviceReply201EndpointsItem: {
            region: string;
            mqtt: string;
        };
        AddDeviceReply201: {
            /** @constant */
            ok: true;
            /** @constant */
            repeated?: true;
            id: string;
            device_id: string;
            name: string | null;
            fleet: string;
            product_id: number | null;
            certificate: string;
            private_key?: string;
            ca: string;
            readonly endpoints: components["schemas"]["AddDeviceReply201EndpointsItem"][];
            certificate_issued_at: string | null;
            certificate_expires_at: string | null;
        };
        AddProductDevicesInputOption1: {
            name?: string;
            csr?: string;
            provision: boolean;
            idempotency_key?: string;
        };
        AddProductDevicesInputOption2Option1: {
            ids: string[] | string;
        };
        AddProductDevicesInputOption2Option2: {
            id: string;
        };
        AddProductDevicesInputOption2Option3: {
            file: string;
        };
        AddProductDevicesInput: components["schemas"]["AddProductDevicesInputOption1"] | (components["schemas"]["AddProductDevicesInputOption2Option1"] | components["schemas"]["AddProductDevicesInputOption2Option2"] | components["schemas"]["AddProductDevicesInputOption2Option3"]);
        AddProductDevicesReplyOption1: {
            updated: number;
            readonly updatedDeviceIds: string[];
            readonly existingDeviceIds: string[];
            readonly nonmemberDeviceIds: string[];
            readonly invalidDeviceIds: string[];
        };
        AddProductDevicesReplyOption2EndpointsItem: {
            region: string;
            mqtt: string;
        };
        AddProductDevicesReplyOption2: {
            /** @constant */
            ok: true;
            /** @constant */
            repeated?: true;
            id: string;
            device_id: string;
            name: string | null;
            fleet: string;
            product_id: number | null;
            certificate: string;
            private_key?: string;
            ca: string;
            readonly endpoints: components["schemas"]["AddProductDevicesReplyOption2EndpointsItem"][];
            certificate_issued_at: string | null;
            certificate_expires_at: string | null;
        };
        AddProductDevicesReply: components["schemas"]["AddProductDevicesReplyOption1"] | components["schemas"]["AddProductDevicesReplyOption2"];
        AddProductDevicesReply201EndpointsItem: {
            region: string;
            mqtt: string;
        };
        AddProductDevicesReply201: {
            /** @constant */
            ok: true;
            /** @constant */
            repeated?: true;
            id: string;
            device_id: string;
            name: string | null;
            fleet: string;
            product_id: number | null;
            certificate: string;
            private_key?: string;
            ca: string;
            readonly endpoints: components["schemas"]["AddProductDevicesReply201EndpointsItem"][];
            certificate_issued_at: string | null;
            certificate_expires_at: string | null;
        };
        ShowDeviceReplyCertificateOption1NextOption1: {
            id: string;
            issued_at: string | null;
            expires_at: string | null;
            overlap_until: string | null;
        };
        ShowDeviceReplyCertificateOption1: {
            /** @enum {string} */
            status: "active" | "quarantined" | "revoked" | "expired" | "given_up";
            id: string | null;
            issued_at: string | null;
            expires_at: string | null;
            next: components["schemas"]["ShowDeviceReplyCertificateOption1NextOption1"] | null;
            revoked_at: string | null;
            quarantined_at: string | null;
        };
        ShowDeviceReply: {
            id: string;
            name: string | null;
            owner: string | null;
            connected: boolean;
            online: boolean;
            last_heard: string | null;
            last_handshake_at: string | null;
            last_ip_address: string | null;
            last_app: null;
            product_id: number | null;
            platform_id: null;
            /** @constant */
            cellular: false;
            notes: string | null;
            /** @constant */
            status: "normal";
            quarantined: boolean;
            serial_number: null;
            iccid: null;
            imei: null;
            mac_wifi: null;
            mobile_secret: null;
            system_firmware_version: null;
            firmware: string | null;
            firmware_version: number | null;
            firmware_updates_enabled: null;
            firmware_updates_forced: null;
            functions: string[];
            variables: {
                [key: string]: string;
            };
            certificate: components["schemas"]["ShowDeviceReplyCertificateOption1"] | null;
        };
        ShowProductDeviceReplyCertificateOption1NextOption1: {
            id: string;
            issued_at: string | null;
            expires_at: string | null;
            overlap_until: string | null;
        };
        ShowProductDeviceReplyCertificateOption1: {
            /** @enum {string} */
            status: "active" | "quarantined" | "revoked" | "expired" | "given_up";
            id: string | null;
            issued_at: string | null;
            expires_at: string | null;
            next: components["schemas"]["ShowProductDeviceReplyCertificateOption1NextOption1"] | null;
            revoked_at: string | null;
            quarantined_at: string | null;
        };
        ShowProductDeviceReply: {
            id: string;
            name: string | null;
            owner: string | null;
            connected: boolean;
            online: boolean;
            last_heard: string | null;
            last_handshake_at: string | null;
            last_ip_address: string | null;
            last_app: null;
            product_id: number | null;
            platform_id: null;
            /** @constant */
            cellular: false;
            notes: string | null;
            /** @constant */
            status: "normal";
            quarantined: boolean;
            serial_number: null;
            iccid: null;
            imei: null;
            mac_wifi: null;
            mobile_secret: null;
            system_firmware_version: null;
            firmware: string | null;
            firmware_version: number | null;
            firmware_updates_enabled: null;
            firmware_updates_forced: null;
            firmware_product_id: number | null;
            readonly groups: string[];
            desired_firmware_version: number | null;
            targeted_firmware_release_version: number | null;
            development: boolean;
            /** @constant */
            denied: false;
            functions: string[];
            variables: {
                [key: string]: string;
            };
            certificate: components["schemas"]["ShowProductDeviceReplyCertificateOption1"] | null;
        };
        ChangeDeviceInput: {
            name?: "" | string;
            notes?: string;
            groups?: string[];
            development?: boolean;
            desired_firmware_version?: number | null;
            flash?: boolean;
            latest?: boolean;
            build_target_version?: string;
            file?: string;
            signal?: boolean;
            quarantined?: boolean;
        };
        ChangeDeviceReplyOption1: {
            id: string;
            /** @constant */
            connected: true;
            signaling: boolean;
        };
        ChangeDeviceReplyOption2CertificateOption1NextOption1: {
            id: string;
            issued_at: string | null;
            expires_at: string | null;
            overlap_until: string | null;
        };
        ChangeDeviceReplyOption2CertificateOption1: {
            /** @enum {string} */
            status: "active" | "quarantined" | "revoked" | "expired" | "given_up";
            id: string | null;
            issued_at: string | null;
            expires_at: string | null;
            next: components["schemas"]["ChangeDeviceReplyOption2CertificateOption1NextOption1"] | null;
            revoked_at: string | null;
            quarantined_at: string | null;
        };
        ChangeDeviceReplyOption2: {
            id: string;
            name?: string | null;
            notes?: string | null;
            readonly groups?: string[];
            development?: boolean;
            desired_firmware_version?: number | null;
            /** Format: date-time */
            updated_at?: string;
            /** @constant */
            status?: "Update started";
            release?: string;
            /** @constant */
            ok?: true;
            quarantined?: boolean;
            certificate?: components["schemas"]["ChangeDeviceReplyOption2CertificateOption1"] | null;
            readonly pending_regions?: string[];
        };
        ChangeDeviceReply: components["schemas"]["ChangeDeviceReplyOption1"] | components["schemas"]["ChangeDeviceReplyOption2"];
        RemoveDeviceReply: {
            /** @constant */
            ok: true;
        };
        PingDeviceReply: {
            /** @constant */
            ok: true;
            online: boolean;
        };
        ListDeviceRecoveriesReplyRecoveriesItem: {
            id: string;
            region: string;
            /** @enum {string} */
            issue: "session_lost" | "presence_wrong" | "connection_dead" | "silent";
            at: string | null;
        };
        ListDeviceRecoveriesReply: {
            recoveries: components["schemas"]["ListDeviceRecoveriesReplyRecoveriesItem"][];
            next: string | null;
        };
        ListRecoveriesReplyRecoveriesItem: {
            id: string;
            region: string;
            /** @enum {string} */
            issue: "session_lost" | "presence_wrong" | "connection_dead" | "silent";
            at: string | null;
        };
        ListRecoveriesReply: {
            recoveries: components["schemas"]["ListRecoveriesReplyRecoveriesItem"][];
            next: string | null;
        };
        ListPresenceReplyChangesItem: {
            /** Format: date-time */
            at: string;
            online: boolean;
            reason?: string;
            region: string;
        };
        ListPresenceReply: {
            changes: components["schemas"]["ListPresenceReplyChangesItem"][];
            cursor?: string;
        };
        ShowHeartbeatReply: {
            region: string;
            first_heard: string | null;
            last_heard: string | null;
            longest_pause_seconds: number | null;
            wake_seconds: number | null;
            expected_seconds: number | null;
            expected_by: string | null;
            silent_since: string | null;
        };
        CreateClaimCodeInput: {
            iccid?: string;
            imei?: string;
        };
        CreateClaimCodeReply: {
            claim_code: string;
            device_ids: string[];
        };
        ListEndpointsReplyEndpointsItem: {
            region: string;
            mqtt: string;
        };
        ListEndpointsReply: {
            readonly endpoints: components["schemas"]["ListEndpointsReplyEndpointsItem"][];
        };
        ShowCertificateReplyCertificateOption1NextOption1: {
            id: string;
            issued_at: string | null;
            expires_at: string | null;
            overlap_until: string | null;
        };
        ShowCertificateReplyCertificateOption1: {
            /** @enum {string} */
            status: "active" | "quarantined" | "revoked" | "expired" | "given_up";
            id: string | null;
            issued_at: string | null;
            expires_at: string | null;
            next: components["schemas"]["ShowCertificateReplyCertificateOption1NextOption1"] | null;
            revoked_at: string | null;
            quarantined_at: string | null;
        };
        ShowCertificateReply: {
            id: string;
            certificate: components["schemas"]["ShowCertificateReplyCertificateOption1"] | null;
        };
        RotateCertificateInputOption1: {
            /** @constant */
            by: "device";
        };
        RotateCertificateInputOption2: {
            csr?: string;
            /** @default 168 */
            overlap_hours: number;
            /** @constant */
            by?: "cloud";
        };
        RotateCertificateInput: components["schemas"]["RotateCertificateInputOption1"] | components["schemas"]["RotateCertificateInputOption2"];
        RotateCertificateReplyOption1EndpointsItem: {
            region: string;
            mqtt: string;
        };
        RotateCertificateReplyOption1StateOption1NextOption1: {
            id: string;
            issued_at: string | null;
            expires_at: string | null;
            overlap_until: string | null;
        };
        RotateCertificateReplyOption1StateOption1: {
            /** @enum {string} */
            status: "active" | "quarantined" | "revoked" | "expired" | "given_up";
            id: string | null;
            issued_at: string | null;
            expires_at: string | null;
            next: components["schemas"]["RotateCertificateReplyOption1StateOption1NextOption1"] | null;
            revoked_at: string | null;
            quarantined_at: string | null;
        };
        RotateCertificateReplyOption1: {
            /** @constant */
            ok: true;
            id: string;
            fleet: string;
            certificate: string;
            private_key?: string;
            ca: string;
            readonly endpoints: components["schemas"]["RotateCertificateReplyOption1EndpointsItem"][];
            certificate_issued_at: string | null;
            certificate_expires_at: string | null;
            state: components["schemas"]["RotateCertificateReplyOption1StateOption1"] | null;
            readonly pending_regions: string[];
        };
        RotateCertificateReplyOption2: {
            /** @constant */
            ok: true;
            id: string;
            /** @constant */
            asked: true;
        };
        RotateCertificateReply: components["schemas"]["RotateCertificateReplyOption1"] | components["schemas"]["RotateCertificateReplyOption2"];
        ConfirmCertificateReplyCertificateOption1NextOption1: {
            id: string;
            issued_at: string | null;
            expires_at: string | null;
            overlap_until: string | null;
        };
        ConfirmCertificateReplyCertificateOption1: {
            /** @enum {string} */
            status: "active" | "quarantined" | "revoked" | "expired" | "given_up";
            id: string | null;
            issued_at: string | null;
            expires_at: string | null;
            next: components["schemas"]["ConfirmCertificateReplyCertificateOption1NextOption1"] | null;
            revoked_at: string | null;
            quarantined_at: string | null;
        };
        ConfirmCertificateReply: {
            /** @constant */
            ok: true;
            id: string;
            certificate: components["schemas"]["ConfirmCertificateReplyCertificateOption1"] | null;
            readonly pending_regions: string[];
        };
        RevokeCertificateInput: {
            plan?: boolean;
        };
        RevokeCertificateReplyOption1CertificateOption1NextOption1: {
            id: string;
            issued_at: string | null;
            expires_at: string | null;
            overlap_until: string | null;
        };
        RevokeCertificateReplyOption1CertificateOption1: {
            /** @enum {string} */
            status: "active" | "quarantined" | "revoked" | "expired" | "given_up";
            id: string | null;
            issued_at: string | null;
            expires_at: string | null;
            next: components["schemas"]["RevokeCertificateReplyOption1CertificateOption1NextOption1"] | null;
            revoked_at: string | null;
            quarantined_at: string | null;
        };
        RevokeCertificateReplyOption1: {
            /** @constant */
            ok: true;
            id: string;
            certificate: components["schemas"]["RevokeCertificateReplyOption1CertificateOption1"] | null;
            readonly pending_regions: string[];
        };
        RevokeCertificateReplyOption2: {
            /** @constant */
            plan: true;
            id: string;
            certificates: string[];
            regions: string[];
            /** @constant */
            can_be_undone: false;
        };
        RevokeCertificateReply: components["schemas"]["RevokeCertificateReplyOption1"] | components["schemas"]["RevokeCertificateReplyOption2"];
        ListGroupsReplyGroupsItem: {
            name: string;
            description: string | null;
            color: string | null;
            fw_version: number | null;
        };
        ListGroupsReply: {
            groups: components["schemas"]["ListGroupsReplyGroupsItem"][];
        };
        ShowGroupReplyGroup: {
            name: string;
            description: string | null;
            color: string | null;
            fw_version: number | null;
            device_count: number;
        };
        ShowGroupReply: {
            group: components["schemas"]["ShowGroupReplyGroup"];
        };
        CreateGroupInput: {
            name: string;
            description?: string;
            color?: string;
        };
        CreateGroupReplyGroup: {
            name: string;
            description: string | null;
            color: string | null;
            fw_version: number | null;
        };
        CreateGroupReply: {
            group: components["schemas"]["CreateGroupReplyGroup"];
        };
        ChangeGroupInput: {
            name?: string;
            description?: string;
            color?: string;
        };
        ChangeGroupReplyGroup: {
            name: string;
            description: string | null;
            color: string | null;
            fw_version: number | null;
        };
        ChangeGroupReply: {
            group: components["schemas"]["ChangeGroupReplyGroup"];
        };
        AssignGroupsInputMetadata: {
            /** @default [] */
            add: string[];
            /** @default [] */
            remove: string[];
        };
        AssignGroupsInput: {
            /** @constant */
            action: "groups";
            devices: string[];
            metadata: components["schemas"]["AssignGroupsInputMetadata"];
        };
        AssignGroupsReply: {
            /** @constant */
            ok: true;
            devices: number;
            readonly added: string[];
            readonly removed: string[];
        };
        ShowImpactReplyDevicesFirmwareUpdateByVersionItem: {
            version: number;
            total: number;
        };
        ShowImpactReplyDevicesFirmwareUpdateByRunningVersionItem: {
            version: number | null;
            total: number;
        };
        ShowImpactReplyDevicesFirmwareUpdate: {
            total: number;
            by_version: components["schemas"]["ShowImpactReplyDevicesFirmwareUpdateByVersionItem"][];
            by_running_version: components["schemas"]["ShowImpactReplyDevicesFirmwareUpdateByRunningVersionItem"][];
            at_least: boolean;
        };
        ShowImpactReplyDevices: {
            firmware_update: components["schemas"]["ShowImpactReplyDevicesFirmwareUpdate"];
        };
        ShowImpactReply: {
            devices: components["schemas"]["ShowImpactReplyDevices"];
        };
        RequestVitalsReply: {
            /** @constant */
            ok: true;
        };
        ShowLastVitalsReplyDiagnosticsPayload: {
            device: {
                [key: string]: unknown;
            };
            service?: {
                [key: string]: unknown;
            };
        };
        ShowLastVitalsReplyDiagnostics: {
            /** Format: date-time */
            updated_at: string;
            deviceID: string;
            payload: components["schemas"]["ShowLastVitalsReplyDiagnosticsPayload"];
        };
        ShowLastVitalsReply: {
            diagnostics: components["schemas"]["ShowLastVitalsReplyDiagnostics"];
        };
        ListVitalsReplyDiagnosticsItemPayload: {
            device: {
                [key: string]: unknown;
            };
            service?: {
                [key: string]: unknown;
            };
        };
        ListVitalsReplyDiagnosticsItem: {
            /** Format: date-time */
            updated_at: string;
            deviceID: string;
            payload: components["schemas"]["ListVitalsReplyDiagnosticsItemPayload"];
        };
        ListVitalsReply: {
            diagnostics: components["schemas"]["ListVitalsReplyDiagnosticsItem"][];
            cursor?: string;
        };
        ShowVitalsMetadataReplyDiagnosticsMetadata: {
            device: {
                [key: string]: unknown;
            };
            service: {
                [key: string]: unknown;
            };
        };
        ShowVitalsMetadataReply: {
            diagnostics_metadata: components["schemas"]["ShowVitalsMetadataReplyDiagnosticsMetadata"];
        };
        ListFirmwareReplyItemUploadedBy: {
            username: string;
        };
        ListFirmwareReplyItem: {
            _id: string;
            version: number;
            title: string;
            description: string;
            name: string;
            size: number;
            product_default: boolean;
            /** Format: date-time */
            uploaded_on: string;
            product_id: number;
            uploaded_by: components["schemas"]["ListFirmwareReplyItemUploadedBy"];
            groups: string[];
            device_count: number;
            mandatory: boolean;
            sha256: string;
            signed: boolean;
            released_at: string | null;
        };
        ListFirmwareReply: components["schemas"]["ListFirmwareReplyItem"][];
        UploadFirmwareInput: {
            file: string;
            version: number;
            title: string;
            /** @default  */
            description: string;
            mandatory?: boolean;
        };
        UploadFirmwareReplyUploadedBy: {
            username: string;
        };
        UploadFirmwareReply: {
            _id: string;
            version: number;
            title: string;
            description: string;
            name: string;
            size: number;
            product_default: boolean;
            /** Format: date-time */
            uploaded_on: string;
            product_id: number;
            uploaded_by: components["schemas"]["UploadFirmwareReplyUploadedBy"];
            groups: string[];
            device_count: number;
            mandatory: boolean;
            sha256: string;
            signed: boolean;
            released_at: string | null;
            current: boolean;
        };
        ListSigningKeysReplyDocumentsItemSignaturesItem: {
            keyid: string;
            sig: string;
        };
        ListSigningKeysReplyDocumentsItem: {
            payloadType: string;
            payload: string;
            signatures: components["schemas"]["ListSigningKeysReplyDocumentsItemSignaturesItem"][];
        };
        ListSigningKeysReplyCurrentOption1: {
            number: number;
            threshold: number;
            keys: string[];
            expires: string | null;
        };
        ListSigningKeysReply: {
            documents: components["schemas"]["ListSigningKeysReplyDocumentsItem"][];
            current: components["schemas"]["ListSigningKeysReplyCurrentOption1"] | null;
        };
        RegisterSigningKeysInputDocumentSignaturesItem: {
            keyid: string;
            sig: string;
        };
        RegisterSigningKeysInputDocument: {
            payloadType: string;
            payload: string;
            signatures: components["schemas"]["RegisterSigningKeysInputDocumentSignaturesItem"][];
        };
        RegisterSigningKeysInput: {
            document: components["schemas"]["RegisterSigningKeysInputDocument"];
            plan?: boolean;
            confirm?: string;
        };
        RegisterSigningKeysReplyPlanCurrentOption1: {
            number: number;
            threshold: number;
            keys: string[];
            expires: string | null;
        };
        RegisterSigningKeysReplyPlanNext: {
            number: number;
            threshold: number;
            keys: string[];
            expires: string | null;
        };
        RegisterSigningKeysReplyPlan: {
            current: components["schemas"]["RegisterSigningKeysReplyPlanCurrentOption1"] | null;
            next: components["schemas"]["RegisterSigningKeysReplyPlanNext"];
            unusable_versions: number[];
        };
        RegisterSigningKeysReply: {
            /** @constant */
            ok: true;
            plan: components["schemas"]["RegisterSigningKeysReplyPlan"];
            confirm: string | null;
        };
        RegisterSigningKeysReply201Keys: {
            number: number;
            threshold: number;
            keys: string[];
            expires: string | null;
        };
        RegisterSigningKeysReply201: {
            /** @constant */
            ok: true;
            keys: components["schemas"]["RegisterSigningKeysReply201Keys"];
        };
        ReleaseFirmwareInput: {
            version: number;
            product_default?: boolean;
            /** @default [] */
            groups: string[];
            intelligent?: boolean;
        };
        ReleaseFirmwareReplyUploadedBy: {
            username: string;
        };
        ReleaseFirmwareReply: {
            /** Format: date-time */
            updated_at: string;
            version: number;
            title: string;
            size: number;
            product_default: boolean;
            /** Format: date-time */
            uploaded_on: string;
            /** Format: date-time */
            uploaded_at: string;
            product_id: number;
            uploaded_by: components["schemas"]["ReleaseFirmwareReplyUploadedBy"];
            groups: string[];
            intelligent: boolean;
        };
        ShowFirmwareReplyUploadedBy: {
            username: string;
        };
        ShowFirmwareReply: {
            _id: string;
            version: number;
            title: string;
            description: string;
            name: string;
            size: number;
            product_default: boolean;
            /** Format: date-time */
            uploaded_on: string;
            product_id: number;
            uploaded_by: components["schemas"]["ShowFirmwareReplyUploadedBy"];
            groups: string[];
            device_count: number;
            mandatory: boolean;
            sha256: string;
            signed: boolean;
            released_at: string | null;
        };
        ChangeFirmwareInput: {
            title?: string;
            description?: string;
            mandatory?: boolean;
        };
        ChangeFirmwareReplyUploadedBy: {
            username: string;
        };
        ChangeFirmwareReply: {
            _id: string;
            version: number;
            title: string;
            description: string;
            name: string;
            size: number;
            product_default: boolean;
            /** Format: date-time */
            uploaded_on: string;
            product_id: number;
            uploaded_by: components["schemas"]["ChangeFirmwareReplyUploadedBy"];
            groups: string[];
            device_count: number;
            mandatory: boolean;
            sha256: string;
            signed: boolean;
            released_at: string | null;
            current: boolean;
        };
        ReplaceManifestInputManifestSignaturesItem: {
            keyid: string;
            sig: string;
        };
        ReplaceManifestInputManifest: {
            payloadType: string;
            payload: string;
            signatures: components["schemas"]["ReplaceManifestInputManifestSignaturesItem"][];
        };
        ReplaceManifestInput: {
            manifest: components["schemas"]["ReplaceManifestInputManifest"];
        };
        ReplaceManifestReplyUploadedBy: {
            username: string;
        };
        ReplaceManifestReply: {
            _id: string;
            version: number;
            title: string;
            description: string;
            name: string;
            size: number;
            product_default: boolean;
            /** Format: date-time */
            uploaded_on: string;
            product_id: number;
            uploaded_by: components["schemas"]["ReplaceManifestReplyUploadedBy"];
            groups: string[];
            device_count: number;
            mandatory: boolean;
            sha256: string;
            signed: boolean;
            released_at: string | null;
            current: boolean;
        };
        ListFirmwareChangesReplyChangesItem: {
            /** Format: date-time */
            at: string;
            version: number;
            sha256: string | null;
            region: string;
        };
        ListFirmwareChangesReply: {
            changes: components["schemas"]["ListFirmwareChangesReplyChangesItem"][];
            has_more: boolean;
        };
        ShowExposureReplyDevicesItem: {
            id: string;
            name: string | null;
            in_product: boolean;
            /** Format: date-time */
            first_seen: string;
            last_seen: string | null;
            runs_now: boolean;
            version_now: number | null;
            sha256: string | null;
            regions: string[];
        };
        ShowExposureReply: {
            version: number;
            title: string | null;
            sha256: string | null;
            devices: components["schemas"]["ShowExposureReplyDevicesItem"][];
            cursor: string | null;
        };
        ShowRolloutReplyDevicesItem: {
            id: string;
            name: string | null;
            /** @enum {string} */
            state: "fixed" | "exposed" | "left";
            exposed_version: number;
            /** Format: date-time */
            exposed_first: string;
            /** Format: date-time */
            exposed_last: string;
            version_now: number | null;
            fixed_at: string | null;
        };
        ShowRolloutReply: {
            version: number;
            faulty: number[];
            devices: components["schemas"]["ShowRolloutReplyDevicesItem"][];
            cursor: string | null;
        };
        CreateReleaseInputToOption1: {
            /** @constant */
            all: true;
        };
        CreateReleaseInputToOption2: {
            groups: string[];
        };
        CreateReleaseInputToOption3: {
            devices: string[];
        };
        CreateReleaseInputWavesItemOption1: {
            percent: number;
            soak?: number;
        };
        CreateReleaseInputWavesItemOption2: {
            groups: string[];
            soak?: number;
        };
        CreateReleaseInputWavesItemOption3: {
            devices: string[];
            soak?: number;
        };
        CreateReleaseInputFailures: {
            count?: number;
            /** @default 1 */
            percent: number;
        };
        CreateReleaseInputWindow: {
            from: string;
            to: string;
        };
        CreateReleaseInput: {
            version: number;
            to: components["schemas"]["CreateReleaseInputToOption1"] | components["schemas"]["CreateReleaseInputToOption2"] | components["schemas"]["CreateReleaseInputToOption3"];
            waves?: (components["schemas"]["CreateReleaseInputWavesItemOption1"] | components["schemas"]["CreateReleaseInputWavesItemOption2"] | components["schemas"]["CreateReleaseInputWavesItemOption3"])[];
            failures?: components["schemas"]["CreateReleaseInputFailures"];
            window?: components["schemas"]["CreateReleaseInputWindow"];
            return_within?: number;
            forced?: boolean;
            immediate?: boolean;
            /**
             * @default none
             * @enum {string}
             */
            rollback: "slot" | "version" | "none";
            rollback_version?: number;
        };
        CreateReleaseReplyReleaseTo: {
            /** @constant */
            all?: true;
            groups?: string[];
            devices?: string[];
        };
        CreateReleaseReplyReleaseFailures: {
            count: number;
            percent: number;
        };
        CreateReleaseReplyReleaseWindowOption1: {
            from: string;
            to: string;
        };
        CreateReleaseReplyReleaseHaltsItem: {
            id: string;
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
        };
        CreateReleaseReplyReleaseRolledBackOption1: {
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
            release: string | null;
        };
        CreateReleaseReplyReleaseWavesItem: {
            percent?: number;
            groups?: string[];
            devices?: string[];
            soak: number;
            opened_at: string | null;
        };
        CreateReleaseReplyRelease: {
            id: string;
            product_id: number;
            /** @enum {string} */
            kind: "release" | "particle" | "flash" | "rollback" | "catch_up";
            version: number;
            sha256: string;
            /** @enum {string} */
            state: "enrolling" | "running" | "halted" | "rolling_back" | "rolled_back" | "cancelled" | "superseded" | "completed";
            to: components["schemas"]["CreateReleaseReplyReleaseTo"];
            failures: components["schemas"]["CreateReleaseReplyReleaseFailures"];
            window: components["schemas"]["CreateReleaseReplyReleaseWindowOption1"] | null;
            return_within: number;
            forced: boolean;
            immediate: boolean;
            /** @enum {string} */
            rollback: "slot" | "version" | "none";
            rollback_version: number | null;
            rolls_back: string | null;
            halts: components["schemas"]["CreateReleaseReplyReleaseHaltsItem"][];
            rolled_back: components["schemas"]["CreateReleaseReplyReleaseRolledBackOption1"] | null;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            waves: components["schemas"]["CreateReleaseReplyReleaseWavesItem"][];
        };
        CreateReleaseReply: {
            release: components["schemas"]["CreateReleaseReplyRelease"];
        };
        PlanReleaseInputToOption1: {
            /** @constant */
            all: true;
        };
        PlanReleaseInputToOption2: {
            groups: string[];
        };
        PlanReleaseInputToOption3: {
            devices: string[];
        };
        PlanReleaseInputWavesItemOption1: {
            percent: number;
            soak?: number;
        };
        PlanReleaseInputWavesItemOption2: {
            groups: string[];
            soak?: number;
        };
        PlanReleaseInputWavesItemOption3: {
            devices: string[];
            soak?: number;
        };
        PlanReleaseInputFailures: {
            count?: number;
            /** @default 1 */
            percent: number;
        };
        PlanReleaseInputWindow: {
            from: string;
            to: string;
        };
        PlanReleaseInput: {
            version: number;
            to: components["schemas"]["PlanReleaseInputToOption1"] | components["schemas"]["PlanReleaseInputToOption2"] | components["schemas"]["PlanReleaseInputToOption3"];
            waves?: (components["schemas"]["PlanReleaseInputWavesItemOption1"] | components["schemas"]["PlanReleaseInputWavesItemOption2"] | components["schemas"]["PlanReleaseInputWavesItemOption3"])[];
            failures?: components["schemas"]["PlanReleaseInputFailures"];
            window?: components["schemas"]["PlanReleaseInputWindow"];
            return_within?: number;
            forced?: boolean;
            immediate?: boolean;
            /**
             * @default none
             * @enum {string}
             */
            rollback: "slot" | "version" | "none";
            rollback_version?: number;
        };
        PlanReleaseReplyWavesItem: {
            percent?: number;
            groups?: string[];
            devices?: string[];
            soak: number;
            count: number;
            ids: string[];
        };
        PlanReleaseReply: {
            /** @constant */
            plan: true;
            version: number;
            targeted: number;
            waves: components["schemas"]["PlanReleaseReplyWavesItem"][];
            not_reached: number;
            excluded: {
                [key: string]: number;
            };
            current: number;
            conflicts: string[];
        };
        ListReleasesReplyReleasesItemTo: {
            /** @constant */
            all?: true;
            groups?: string[];
            devices?: string[];
        };
        ListReleasesReplyReleasesItemFailures: {
            count: number;
            percent: number;
        };
        ListReleasesReplyReleasesItemWindowOption1: {
            from: string;
            to: string;
        };
        ListReleasesReplyReleasesItemHaltsItem: {
            id: string;
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
        };
        ListReleasesReplyReleasesItemRolledBackOption1: {
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
            release: string | null;
        };
        ListReleasesReplyReleasesItemWavesItem: {
            percent?: number;
            groups?: string[];
            devices?: string[];
            soak: number;
            opened_at: string | null;
        };
        ListReleasesReplyReleasesItem: {
            id: string;
            product_id: number;
            /** @enum {string} */
            kind: "release" | "particle" | "flash" | "rollback" | "catch_up";
            version: number;
            sha256: string;
            /** @enum {string} */
            state: "enrolling" | "running" | "halted" | "rolling_back" | "rolled_back" | "cancelled" | "superseded" | "completed";
            to: components["schemas"]["ListReleasesReplyReleasesItemTo"];
            failures: components["schemas"]["ListReleasesReplyReleasesItemFailures"];
            window: components["schemas"]["ListReleasesReplyReleasesItemWindowOption1"] | null;
            return_within: number;
            forced: boolean;
            immediate: boolean;
            /** @enum {string} */
            rollback: "slot" | "version" | "none";
            rollback_version: number | null;
            rolls_back: string | null;
            halts: components["schemas"]["ListReleasesReplyReleasesItemHaltsItem"][];
            rolled_back: components["schemas"]["ListReleasesReplyReleasesItemRolledBackOption1"] | null;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            waves: components["schemas"]["ListReleasesReplyReleasesItemWavesItem"][];
        };
        ListReleasesReply: {
            releases: components["schemas"]["ListReleasesReplyReleasesItem"][];
            cursor?: string;
        };
        ShowReleaseReplyReleaseTo: {
            /** @constant */
            all?: true;
            groups?: string[];
            devices?: string[];
        };
        ShowReleaseReplyReleaseFailures: {
            count: number;
            percent: number;
        };
        ShowReleaseReplyReleaseWindowOption1: {
            from: string;
            to: string;
        };
        ShowReleaseReplyReleaseHaltsItem: {
            id: string;
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
        };
        ShowReleaseReplyReleaseRolledBackOption1: {
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
            release: string | null;
        };
        ShowReleaseReplyReleaseWavesItemDevicesByState: {
            targeted: number;
            current: number;
            held: number;
            waiting: number;
            downloading: number;
            installed: number;
            failed: number;
            excluded: number;
        };
        ShowReleaseReplyReleaseWavesItem: {
            percent?: number;
            groups?: string[];
            devices?: string[];
            soak: number;
            opened_at: string | null;
            devices_by_state: components["schemas"]["ShowReleaseReplyReleaseWavesItemDevicesByState"];
        };
        ShowReleaseReplyReleaseDevicesByState: {
            targeted: number;
            current: number;
            held: number;
            waiting: number;
            downloading: number;
            installed: number;
            failed: number;
            excluded: number;
        };
        ShowReleaseReplyRelease: {
            id: string;
            product_id: number;
            /** @enum {string} */
            kind: "release" | "particle" | "flash" | "rollback" | "catch_up";
            version: number;
            sha256: string;
            /** @enum {string} */
            state: "enrolling" | "running" | "halted" | "rolling_back" | "rolled_back" | "cancelled" | "superseded" | "completed";
            to: components["schemas"]["ShowReleaseReplyReleaseTo"];
            failures: components["schemas"]["ShowReleaseReplyReleaseFailures"];
            window: components["schemas"]["ShowReleaseReplyReleaseWindowOption1"] | null;
            return_within: number;
            forced: boolean;
            immediate: boolean;
            /** @enum {string} */
            rollback: "slot" | "version" | "none";
            rollback_version: number | null;
            rolls_back: string | null;
            halts: components["schemas"]["ShowReleaseReplyReleaseHaltsItem"][];
            rolled_back: components["schemas"]["ShowReleaseReplyReleaseRolledBackOption1"] | null;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            waves: components["schemas"]["ShowReleaseReplyReleaseWavesItem"][];
            devices_by_state: components["schemas"]["ShowReleaseReplyReleaseDevicesByState"];
            missing: number;
            paused: string | null;
            under_way: number;
        };
        ShowReleaseReply: {
            release: components["schemas"]["ShowReleaseReplyRelease"];
        };
        ListReleaseDevicesReplyDevicesItemBefore: {
            version: string | null;
            sha256: string | null;
        };
        ListReleaseDevicesReplyDevicesItem: {
            id: string;
            wave: number | null;
            /** @enum {string} */
            state: "current" | "held" | "waiting" | "downloading" | "installed" | "failed" | "excluded";
            reason: string | null;
            before: components["schemas"]["ListReleaseDevicesReplyDevicesItemBefore"];
            offered_at: string | null;
            accepted_at: string | null;
            restarted_at: string | null;
            returned_at: string | null;
            assessed_at: string | null;
            failed_at: string | null;
        };
        ListReleaseDevicesReply: {
            devices: components["schemas"]["ListReleaseDevicesReplyDevicesItem"][];
            cursor?: string;
        };
        ShowReleaseDeviceReplyDeviceBefore: {
            version: string | null;
            sha256: string | null;
        };
        ShowReleaseDeviceReplyDevice: {
            id: string;
            wave: number | null;
            /** @enum {string} */
            state: "current" | "held" | "waiting" | "downloading" | "installed" | "failed" | "excluded";
            reason: string | null;
            before: components["schemas"]["ShowReleaseDeviceReplyDeviceBefore"];
            offered_at: string | null;
            accepted_at: string | null;
            restarted_at: string | null;
            returned_at: string | null;
            assessed_at: string | null;
            failed_at: string | null;
        };
        ShowReleaseDeviceReply: {
            device: components["schemas"]["ShowReleaseDeviceReplyDevice"];
            sentence: string;
        };
        HaltReleaseInput: {
            reason?: string;
        };
        HaltReleaseReplyReleaseTo: {
            /** @constant */
            all?: true;
            groups?: string[];
            devices?: string[];
        };
        HaltReleaseReplyReleaseFailures: {
            count: number;
            percent: number;
        };
        HaltReleaseReplyReleaseWindowOption1: {
            from: string;
            to: string;
        };
        HaltReleaseReplyReleaseHaltsItem: {
            id: string;
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
        };
        HaltReleaseReplyReleaseRolledBackOption1: {
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
            release: string | null;
        };
        HaltReleaseReplyReleaseWavesItemDevicesByState: {
            targeted: number;
            current: number;
            held: number;
            waiting: number;
            downloading: number;
            installed: number;
            failed: number;
            excluded: number;
        };
        HaltReleaseReplyReleaseWavesItem: {
            percent?: number;
            groups?: string[];
            devices?: string[];
            soak: number;
            opened_at: string | null;
            devices_by_state: components["schemas"]["HaltReleaseReplyReleaseWavesItemDevicesByState"];
        };
        HaltReleaseReplyReleaseDevicesByState: {
            targeted: number;
            current: number;
            held: number;
            waiting: number;
            downloading: number;
            installed: number;
            failed: number;
            excluded: number;
        };
        HaltReleaseReplyRelease: {
            id: string;
            product_id: number;
            /** @enum {string} */
            kind: "release" | "particle" | "flash" | "rollback" | "catch_up";
            version: number;
            sha256: string;
            /** @enum {string} */
            state: "enrolling" | "running" | "halted" | "rolling_back" | "rolled_back" | "cancelled" | "superseded" | "completed";
            to: components["schemas"]["HaltReleaseReplyReleaseTo"];
            failures: components["schemas"]["HaltReleaseReplyReleaseFailures"];
            window: components["schemas"]["HaltReleaseReplyReleaseWindowOption1"] | null;
            return_within: number;
            forced: boolean;
            immediate: boolean;
            /** @enum {string} */
            rollback: "slot" | "version" | "none";
            rollback_version: number | null;
            rolls_back: string | null;
            halts: components["schemas"]["HaltReleaseReplyReleaseHaltsItem"][];
            rolled_back: components["schemas"]["HaltReleaseReplyReleaseRolledBackOption1"] | null;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            waves: components["schemas"]["HaltReleaseReplyReleaseWavesItem"][];
            devices_by_state: components["schemas"]["HaltReleaseReplyReleaseDevicesByState"];
            missing: number;
            paused: string | null;
            under_way: number;
        };
        HaltReleaseReply: {
            release: components["schemas"]["HaltReleaseReplyRelease"];
        };
        ResumeReleaseInput: {
            reason?: string;
        };
        ResumeReleaseReplyReleaseTo: {
            /** @constant */
            all?: true;
            groups?: string[];
            devices?: string[];
        };
        ResumeReleaseReplyReleaseFailures: {
            count: number;
            percent: number;
        };
        ResumeReleaseReplyReleaseWindowOption1: {
            from: string;
            to: string;
        };
        ResumeReleaseReplyReleaseHaltsItem: {
            id: string;
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
        };
        ResumeReleaseReplyReleaseRolledBackOption1: {
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
            release: string | null;
        };
        ResumeReleaseReplyReleaseWavesItemDevicesByState: {
            targeted: number;
            current: number;
            held: number;
            waiting: number;
            downloading: number;
            installed: number;
            failed: number;
            excluded: number;
        };
        ResumeReleaseReplyReleaseWavesItem: {
            percent?: number;
            groups?: string[];
            devices?: string[];
            soak: number;
            opened_at: string | null;
            devices_by_state: components["schemas"]["ResumeReleaseReplyReleaseWavesItemDevicesByState"];
        };
        ResumeReleaseReplyReleaseDevicesByState: {
            targeted: number;
            current: number;
            held: number;
            waiting: number;
            downloading: number;
            installed: number;
            failed: number;
            excluded: number;
        };
        ResumeReleaseReplyRelease: {
            id: string;
            product_id: number;
            /** @enum {string} */
            kind: "release" | "particle" | "flash" | "rollback" | "catch_up";
            version: number;
            sha256: string;
            /** @enum {string} */
            state: "enrolling" | "running" | "halted" | "rolling_back" | "rolled_back" | "cancelled" | "superseded" | "completed";
            to: components["schemas"]["ResumeReleaseReplyReleaseTo"];
            failures: components["schemas"]["ResumeReleaseReplyReleaseFailures"];
            window: components["schemas"]["ResumeReleaseReplyReleaseWindowOption1"] | null;
            return_within: number;
            forced: boolean;
            immediate: boolean;
            /** @enum {string} */
            rollback: "slot" | "version" | "none";
            rollback_version: number | null;
            rolls_back: string | null;
            halts: components["schemas"]["ResumeReleaseReplyReleaseHaltsItem"][];
            rolled_back: components["schemas"]["ResumeReleaseReplyReleaseRolledBackOption1"] | null;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            waves: components["schemas"]["ResumeReleaseReplyReleaseWavesItem"][];
            devices_by_state: components["schemas"]["ResumeReleaseReplyReleaseDevicesByState"];
            missing: number;
            paused: string | null;
            under_way: number;
        };
        ResumeReleaseReply: {
            release: components["schemas"]["ResumeReleaseReplyRelease"];
        };
        RollBackReleaseInput: {
            reason?: string;
        };
        RollBackReleaseReplyReleaseTo: {
            /** @constant */
            all?: true;
            groups?: string[];
            devices?: string[];
        };
        RollBackReleaseReplyReleaseFailures: {
            count: number;
            percent: number;
        };
        RollBackReleaseReplyReleaseWindowOption1: {
            from: string;
            to: string;
        };
        RollBackReleaseReplyReleaseHaltsItem: {
            id: string;
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
        };
        RollBackReleaseReplyReleaseRolledBackOption1: {
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
            release: string | null;
        };
        RollBackReleaseReplyReleaseWavesItemDevicesByState: {
            targeted: number;
            current: number;
            held: number;
            waiting: number;
            downloading: number;
            installed: number;
            failed: number;
            excluded: number;
        };
        RollBackReleaseReplyReleaseWavesItem: {
            percent?: number;
            groups?: string[];
            devices?: string[];
            soak: number;
            opened_at: string | null;
            devices_by_state: components["schemas"]["RollBackReleaseReplyReleaseWavesItemDevicesByState"];
        };
        RollBackReleaseReplyReleaseDevicesByState: {
            targeted: number;
            current: number;
            held: number;
            waiting: number;
            downloading: number;
            installed: number;
            failed: number;
            excluded: number;
        };
        RollBackReleaseReplyRelease: {
            id: string;
            product_id: number;
            /** @enum {string} */
            kind: "release" | "particle" | "flash" | "rollback" | "catch_up";
            version: number;
            sha256: string;
            /** @enum {string} */
            state: "enrolling" | "running" | "halted" | "rolling_back" | "rolled_back" | "cancelled" | "superseded" | "completed";
            to: components["schemas"]["RollBackReleaseReplyReleaseTo"];
            failures: components["schemas"]["RollBackReleaseReplyReleaseFailures"];
            window: components["schemas"]["RollBackReleaseReplyReleaseWindowOption1"] | null;
            return_within: number;
            forced: boolean;
            immediate: boolean;
            /** @enum {string} */
            rollback: "slot" | "version" | "none";
            rollback_version: number | null;
            rolls_back: string | null;
            halts: components["schemas"]["RollBackReleaseReplyReleaseHaltsItem"][];
            rolled_back: components["schemas"]["RollBackReleaseReplyReleaseRolledBackOption1"] | null;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            waves: components["schemas"]["RollBackReleaseReplyReleaseWavesItem"][];
            devices_by_state: components["schemas"]["RollBackReleaseReplyReleaseDevicesByState"];
            missing: number;
            paused: string | null;
            under_way: number;
        };
        RollBackReleaseReply: {
            release: components["schemas"]["RollBackReleaseReplyRelease"];
        };
        CancelReleaseInput: {
            reason?: string;
        };
        CancelReleaseReplyReleaseTo: {
            /** @constant */
            all?: true;
            groups?: string[];
            devices?: string[];
        };
        CancelReleaseReplyReleaseFailures: {
            count: number;
            percent: number;
        };
        CancelReleaseReplyReleaseWindowOption1: {
            from: string;
            to: string;
        };
        CancelReleaseReplyReleaseHaltsItem: {
            id: string;
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
        };
        CancelReleaseReplyReleaseRolledBackOption1: {
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
            release: string | null;
        };
        CancelReleaseReplyReleaseWavesItemDevicesByState: {
            targeted: number;
            current: number;
            held: number;
            waiting: number;
            downloading: number;
            installed: number;
            failed: number;
            excluded: number;
        };
        CancelReleaseReplyReleaseWavesItem: {
            percent?: number;
            groups?: string[];
            devices?: string[];
            soak: number;
            opened_at: string | null;
            devices_by_state: components["schemas"]["CancelReleaseReplyReleaseWavesItemDevicesByState"];
        };
        CancelReleaseReplyReleaseDevicesByState: {
            targeted: number;
            current: number;
            held: number;
            waiting: number;
            downloading: number;
            installed: number;
            failed: number;
            excluded: number;
        };
        CancelReleaseReplyRelease: {
            id: string;
            product_id: number;
            /** @enum {string} */
            kind: "release" | "particle" | "flash" | "rollback" | "catch_up";
            version: number;
            sha256: string;
            /** @enum {string} */
            state: "enrolling" | "running" | "halted" | "rolling_back" | "rolled_back" | "cancelled" | "superseded" | "completed";
            to: components["schemas"]["CancelReleaseReplyReleaseTo"];
            failures: components["schemas"]["CancelReleaseReplyReleaseFailures"];
            window: components["schemas"]["CancelReleaseReplyReleaseWindowOption1"] | null;
            return_within: number;
            forced: boolean;
            immediate: boolean;
            /** @enum {string} */
            rollback: "slot" | "version" | "none";
            rollback_version: number | null;
            rolls_back: string | null;
            halts: components["schemas"]["CancelReleaseReplyReleaseHaltsItem"][];
            rolled_back: components["schemas"]["CancelReleaseReplyReleaseRolledBackOption1"] | null;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            waves: components["schemas"]["CancelReleaseReplyReleaseWavesItem"][];
            devices_by_state: components["schemas"]["CancelReleaseReplyReleaseDevicesByState"];
            missing: number;
            paused: string | null;
            under_way: number;
        };
        CancelReleaseReply: {
            release: components["schemas"]["CancelReleaseReplyRelease"];
        };
        ExportReleaseReplyReleaseTo: {
            /** @constant */
            all?: true;
            groups?: string[];
            devices?: string[];
        };
        ExportReleaseReplyReleaseFailures: {
            count: number;
            percent: number;
        };
        ExportReleaseReplyReleaseWindowOption1: {
            from: string;
            to: string;
        };
        ExportReleaseReplyReleaseHaltsItem: {
            id: string;
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
        };
        ExportReleaseReplyReleaseRolledBackOption1: {
            /** Format: date-time */
            at: string;
            by: string;
            reason: string | null;
            release: string | null;
        };
        ExportReleaseReplyReleaseWavesItemDevicesByState: {
            targeted: number;
            current: number;
            held: number;
            waiting: number;
            downloading: number;
            installed: number;
            failed: number;
            excluded: number;
        };
        ExportReleaseReplyReleaseWavesItem: {
            percent?: number;
            groups?: string[];
            devices?: string[];
            soak: number;
            opened_at: string | null;
            devices_by_state: components["schemas"]["ExportReleaseReplyReleaseWavesItemDevicesByState"];
        };
        ExportReleaseReplyReleaseDevicesByState: {
            targeted: number;
            current: number;
            held: number;
            waiting: number;
            downloading: number;
            installed: number;
            failed: number;
            excluded: number;
        };
        ExportReleaseReplyRelease: {
            id: string;
            product_id: number;
            /** @enum {string} */
            kind: "release" | "particle" | "flash" | "rollback" | "catch_up";
            version: number;
            sha256: string;
            /** @enum {string} */
            state: "enrolling" | "running" | "halted" | "rolling_back" | "rolled_back" | "cancelled" | "superseded" | "completed";
            to: components["schemas"]["ExportReleaseReplyReleaseTo"];
            failures: components["schemas"]["ExportReleaseReplyReleaseFailures"];
            window: components["schemas"]["ExportReleaseReplyReleaseWindowOption1"] | null;
            return_within: number;
            forced: boolean;
            immediate: boolean;
            /** @enum {string} */
            rollback: "slot" | "version" | "none";
            rollback_version: number | null;
            rolls_back: string | null;
            halts: components["schemas"]["ExportReleaseReplyReleaseHaltsItem"][];
            rolled_back: components["schemas"]["ExportReleaseReplyReleaseRolledBackOption1"] | null;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            waves: components["schemas"]["ExportReleaseReplyReleaseWavesItem"][];
            devices_by_state: components["schemas"]["ExportReleaseReplyReleaseDevicesByState"];
            missing: number;
            paused: string | null;
            under_way: number;
        };
        ExportReleaseReplyDevicesItemBefore: {
            version: string | null;
            sha256: string | null;
        };
        ExportReleaseReplyDevicesItem: {
            id: string;
            wave: number | null;
            /** @enum {string} */
            state: "current" | "held" | "waiting" | "downloading" | "installed" | "failed" | "excluded";
            reason: string | null;
            before: components["schemas"]["ExportReleaseReplyDevicesItemBefore"];
            offered_at: string | null;
            accepted_at: string | null;
            restarted_at: string | null;
            returned_at: string | null;
            assessed_at: string | null;
            failed_at: string | null;
        };
        ExportReleaseReply: {
            release: components["schemas"]["ExportReleaseReplyRelease"];
            devices: components["schemas"]["ExportReleaseReplyDevicesItem"][];
        };
        CallFunctionInput: {
            format?: string;
            args?: unknown;
            arg?: unknown;
            params?: unknown;
        };
        CallFunctionReply: {
            id: string;
            name: string;
            /** @constant */
            last_app: "";
            /** @constant */
            connected: true;
            return_value: number | string | boolean;
        };
        ReadVariableReplyCoreInfo: {
            name: string | null;
            deviceID: string;
            /** @constant */
            connected: true;
            last_handshake_at: string | null;
            last_heard: string | null;
            /** @constant */
            last_app: "";
            product_id: number | null;
        };
        ReadVariableReply: {
            /** @constant */
            cmd: "VarReturn";
            name: string;
            result: number | string | boolean;
            coreInfo: components["schemas"]["ReadVariableReplyCoreInfo"];
        };
        PublishEventInput: {
            name: string;
            data?: unknown;
            private?: boolean | "";
            ttl?: number;
        };
        PublishEventReply: {
            /** @constant */
            ok: true;
        };
        CreateIntegrationInputOption1Auth: {
            username: string;
            password: string;
        };
        CreateIntegrationInputOption1AzureSasToken: {
            key_name: string;
            key: string;
        };
        CreateIntegrationInputOption1: {
            /** @constant */
            integration_type: "Webhook";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            url: string;
            requestType?: string;
            json?: {
                [key: string]: unknown;
            } | string;
            form?: {
                [key: string]: string | number | boolean;
            };
            body?: string;
            query?: {
                [key: string]: string | number | boolean;
            };
            headers?: {
                [key: string]: string | number | boolean;
            } | string;
            auth?: components["schemas"]["CreateIntegrationInputOption1Auth"];
            azure_sas_token?: components["schemas"]["CreateIntegrationInputOption1AzureSasToken"];
            noDefaults?: boolean;
            rejectUnauthorized?: boolean;
            acceptRedirects?: boolean;
            responseTemplate?: string | {
                [key: string]: unknown;
            };
            responseTopic?: string;
            errorResponseTopic?: string;
            unchunked?: boolean;
            dataUrlResponseEvent?: boolean;
        };
        CreateIntegrationInputOption2: {
            /** @constant */
            integration_type: "AzureIotHub";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            hub_name: string;
            policy_name: string;
            policy_key: string;
            json?: {
                [key: string]: unknown;
            } | string;
        };
        CreateIntegrationInputOption3ServiceAccountKey: {
            client_email: string;
            private_key: string;
            private_key_id?: string;
        };
        CreateIntegrationInputOption3: {
            /** @constant */
            integration_type: "GoogleCloudPubSub";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            topic: string;
            service_account_key: components["schemas"]["CreateIntegrationInputOption3ServiceAccountKey"];
        };
        CreateIntegrationInputOption4: {
            /** @constant */
            integration_type: "AwsEventBridge";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            region: string;
            /** @default default */
            event_bus: string;
            /** @default godwit */
            source: string;
            access_key_id: string;
            secret_access_key: string;
            json?: {
                [key: string]: unknown;
            } | string;
        };
        CreateIntegrationInputOption5: {
            /** @constant */
            integration_type: "AwsSqs";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            queue_url: string;
            access_key_id: string;
            secret_access_key: string;
            json?: {
                [key: string]: unknown;
            } | string;
        };
        CreateIntegrationInput: components["schemas"]["CreateIntegrationInputOption1"] | components["schemas"]["CreateIntegrationInputOption2"] | components["schemas"]["CreateIntegrationInputOption3"] | components["schemas"]["CreateIntegrationInputOption4"] | components["schemas"]["CreateIntegrationInputOption5"];
        CreateIntegrationReply: {
            /** @constant */
            ok: true;
            id: string;
            event: string;
            name: string;
            url?: string;
            requestType?: string;
            deviceID: string | null;
            disabled: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
            signing_secret?: string;
            /** Format: date-time */
            previous_signs_until?: string;
        };
        ListIntegrationsReplyOption1Option1ItemOption1: {
            id: string;
            event: string;
            name: string;
            url?: string;
            requestType?: string;
            deviceID: string | null;
            disabled: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
        };
        ListIntegrationsReplyOption1Option1ItemOption2: {
            id: string;
            /** @constant */
            unreadable: true;
        };
        ListIntegrationsReplyOption1Option2IntegrationsItemOption1: {
            id: string;
            event: string;
            name: string;
            url?: string;
            requestType?: string;
            deviceID: string | null;
            disabled: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
        };
        ListIntegrationsReplyOption1Option2IntegrationsItemOption2: {
            id: string;
            /** @constant */
            unreadable: true;
        };
        ListIntegrationsReplyOption1Option2Meta: {
            total_pages: number;
            total: number;
        };
        ListIntegrationsReplyOption1Option2: {
            integrations: (components["schemas"]["ListIntegrationsReplyOption1Option2IntegrationsItemOption1"] | components["schemas"]["ListIntegrationsReplyOption1Option2IntegrationsItemOption2"])[];
            meta: components["schemas"]["ListIntegrationsReplyOption1Option2Meta"];
        };
        ListIntegrationsReplyOption2IntegrationsItemOption1: {
            id: string;
            event: string;
            name: string;
            url?: string;
            requestType?: string;
            deviceID: string | null;
            disabled: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
            /** @enum {string} */
            state: "healthy" | "failing" | "disabled";
        };
        ListIntegrationsReplyOption2IntegrationsItemOption2: {
            id: string;
            /** @constant */
            unreadable: true;
        };
        ListIntegrationsReplyOption2: {
            integrations: (components["schemas"]["ListIntegrationsReplyOption2IntegrationsItemOption1"] | components["schemas"]["ListIntegrationsReplyOption2IntegrationsItemOption2"])[];
            cursor?: string;
        };
        ListIntegrationsReply: ((components["schemas"]["ListIntegrationsReplyOption1Option1ItemOption1"] | components["schemas"]["ListIntegrationsReplyOption1Option1ItemOption2"])[] | components["schemas"]["ListIntegrationsReplyOption1Option2"]) | components["schemas"]["ListIntegrationsReplyOption2"];
        ListWebhooksReplyOption1ItemOption1: {
            id: string;
            event: string;
            name: string;
            url?: string;
            requestType?: string;
            deviceID: string | null;
            disabled: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
        };
        ListWebhooksReplyOption1ItemOption2: {
            id: string;
            /** @constant */
            unreadable: true;
        };
        ListWebhooksReplyOption2IntegrationsItemOption1: {
            id: string;
            event: string;
            name: string;
            url?: string;
            requestType?: string;
            deviceID: string | null;
            disabled: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
        };
        ListWebhooksReplyOption2IntegrationsItemOption2: {
            id: string;
            /** @constant */
            unreadable: true;
        };
        ListWebhooksReplyOption2Meta: {
            total_pages: number;
            total: number;
        };
        ListWebhooksReplyOption2: {
            integrations: (components["schemas"]["ListWebhooksReplyOption2IntegrationsItemOption1"] | components["schemas"]["ListWebhooksReplyOption2IntegrationsItemOption2"])[];
            meta: components["schemas"]["ListWebhooksReplyOption2Meta"];
        };
        ListWebhooksReply: (components["schemas"]["ListWebhooksReplyOption1ItemOption1"] | components["schemas"]["ListWebhooksReplyOption1ItemOption2"])[] | components["schemas"]["ListWebhooksReplyOption2"];
        ShowIntegrationReplyIntegrationOption1Auth: {
            username: string;
            password: string;
        };
        ShowIntegrationReplyIntegrationOption1AzureSasToken: {
            key_name: string;
            key: string;
        };
        ShowIntegrationReplyIntegrationOption1CountersItem: {
            /** Format: date */
            date: string;
            success: number;
            error: number;
            waiting: number;
            dead: number;
            discarded: number;
            missing: number;
        };
        ShowIntegrationReplyIntegrationOption1LogsItemEvent: {
            id: string;
            name: string;
            coreid: string;
        };
        ShowIntegrationReplyIntegrationOption1LogsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        ShowIntegrationReplyIntegrationOption1LogsItemReplyOption1: {
            status: number;
            content_type: string | null;
            retry_after: string | null;
            body: string;
        };
        ShowIntegrationReplyIntegrationOption1LogsItem: {
            delivery: string;
            attempt: number;
            ok: boolean;
            error?: string;
            event: components["schemas"]["ShowIntegrationReplyIntegrationOption1LogsItemEvent"];
            /** Format: date-time */
            started_at: string;
            took_ms: number;
            next_attempt_at: string | null;
            request: components["schemas"]["ShowIntegrationReplyIntegrationOption1LogsItemRequestOption1"] | null;
            reply: components["schemas"]["ShowIntegrationReplyIntegrationOption1LogsItemReplyOption1"] | null;
        };
        ShowIntegrationReplyIntegrationOption1ErrorsItemEvent: {
            id: string;
            name: string;
            coreid: string;
        };
        ShowIntegrationReplyIntegrationOption1ErrorsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        ShowIntegrationReplyIntegrationOption1ErrorsItemReplyOption1: {
            status: number;
            content_type: string | null;
            retry_after: string | null;
            body: string;
        };
        ShowIntegrationReplyIntegrationOption1ErrorsItem: {
            delivery: string;
            attempt: number;
            ok: boolean;
            error?: string;
            event: components["schemas"]["ShowIntegrationReplyIntegrationOption1ErrorsItemEvent"];
            /** Format: date-time */
            started_at: string;
            took_ms: number;
            next_attempt_at: string | null;
            request: components["schemas"]["ShowIntegrationReplyIntegrationOption1ErrorsItemRequestOption1"] | null;
            reply: components["schemas"]["ShowIntegrationReplyIntegrationOption1ErrorsItemReplyOption1"] | null;
        };
        ShowIntegrationReplyIntegrationOption1: {
            id: string;
            event: string;
            deviceID?: string;
            name: string;
            disabled: boolean;
            disabledReason?: string;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            url: string;
            requestType?: string;
            json?: {
                [key: string]: unknown;
            } | string;
            form?: {
                [key: string]: string | number | boolean;
            };
            body?: string;
            query?: {
                [key: string]: string | number | boolean;
            };
            headers?: {
                [key: string]: string | number | boolean;
            } | string;
            auth?: components["schemas"]["ShowIntegrationReplyIntegrationOption1Auth"];
            azure_sas_token?: components["schemas"]["ShowIntegrationReplyIntegrationOption1AzureSasToken"];
            noDefaults?: boolean;
            rejectUnauthorized?: boolean;
            acceptRedirects?: boolean;
            responseTemplate?: string | {
                [key: string]: unknown;
            };
            responseTopic?: string;
            errorResponseTopic?: string;
            unchunked?: boolean;
            dataUrlResponseEvent?: boolean;
            signed: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
            counters: components["schemas"]["ShowIntegrationReplyIntegrationOption1CountersItem"][];
            logs: components["schemas"]["ShowIntegrationReplyIntegrationOption1LogsItem"][];
            errors: components["schemas"]["ShowIntegrationReplyIntegrationOption1ErrorsItem"][];
        };
        ShowIntegrationReplyIntegrationOption2CountersItem: {
            /** Format: date */
            date: string;
            success: number;
            error: number;
            waiting: number;
            dead: number;
            discarded: number;
            missing: number;
        };
        ShowIntegrationReplyIntegrationOption2LogsItemEvent: {
            id: string;
            name: string;
            coreid: string;
        };
        ShowIntegrationReplyIntegrationOption2LogsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        ShowIntegrationReplyIntegrationOption2LogsItemReplyOption1: {
            status: number;
            content_type: string | null;
            retry_after: string | null;
            body: string;
        };
        ShowIntegrationReplyIntegrationOption2LogsItem: {
            delivery: string;
            attempt: number;
            ok: boolean;
            error?: string;
            event: components["schemas"]["ShowIntegrationReplyIntegrationOption2LogsItemEvent"];
            /** Format: date-time */
            started_at: string;
            took_ms: number;
            next_attempt_at: string | null;
            request: components["schemas"]["ShowIntegrationReplyIntegrationOption2LogsItemRequestOption1"] | null;
            reply: components["schemas"]["ShowIntegrationReplyIntegrationOption2LogsItemReplyOption1"] | null;
        };
        ShowIntegrationReplyIntegrationOption2ErrorsItemEvent: {
            id: string;
            name: string;
            coreid: string;
        };
        ShowIntegrationReplyIntegrationOption2ErrorsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        ShowIntegrationReplyIntegrationOption2ErrorsItemReplyOption1: {
            status: number;
            content_type: string | null;
            retry_after: string | null;
            body: string;
        };
        ShowIntegrationReplyIntegrationOption2ErrorsItem: {
            delivery: string;
            attempt: number;
            ok: boolean;
            error?: string;
            event: components["schemas"]["ShowIntegrationReplyIntegrationOption2ErrorsItemEvent"];
            /** Format: date-time */
            started_at: string;
            took_ms: number;
            next_attempt_at: string | null;
            request: components["schemas"]["ShowIntegrationReplyIntegrationOption2ErrorsItemRequestOption1"] | null;
            reply: components["schemas"]["ShowIntegrationReplyIntegrationOption2ErrorsItemReplyOption1"] | null;
        };
        ShowIntegrationReplyIntegrationOption2: {
            id: string;
            event: string;
            deviceID?: string;
            name: string;
            disabled: boolean;
            disabledReason?: string;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            hub_name: string;
            policy_name: string;
            policy_key: string;
            json?: {
                [key: string]: unknown;
            } | string;
            signed: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
            counters: components["schemas"]["ShowIntegrationReplyIntegrationOption2CountersItem"][];
            logs: components["schemas"]["ShowIntegrationReplyIntegrationOption2LogsItem"][];
            errors: components["schemas"]["ShowIntegrationReplyIntegrationOption2ErrorsItem"][];
        };
        ShowIntegrationReplyIntegrationOption3ServiceAccountKey: {
            client_email: string;
            private_key: string;
            private_key_id?: string;
        };
        ShowIntegrationReplyIntegrationOption3CountersItem: {
            /** Format: date */
            date: string;
            success: number;
            error: number;
            waiting: number;
            dead: number;
            discarded: number;
            missing: number;
        };
        ShowIntegrationReplyIntegrationOption3LogsItemEvent: {
            id: string;
            name: string;
            coreid: string;
        };
        ShowIntegrationReplyIntegrationOption3LogsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        ShowIntegrationReplyIntegrationOption3LogsItemReplyOption1: {
            status: number;
            content_type: string | null;
            retry_after: string | null;
            body: string;
        };
        ShowIntegrationReplyIntegrationOption3LogsItem: {
            delivery: string;
            attempt: number;
            ok: boolean;
            error?: string;
            event: components["schemas"]["ShowIntegrationReplyIntegrationOption3LogsItemEvent"];
            /** Format: date-time */
            started_at: string;
            took_ms: number;
            next_attempt_at: string | null;
            request: components["schemas"]["ShowIntegrationReplyIntegrationOption3LogsItemRequestOption1"] | null;
            reply: components["schemas"]["ShowIntegrationReplyIntegrationOption3LogsItemReplyOption1"] | null;
        };
        ShowIntegrationReplyIntegrationOption3ErrorsItemEvent: {
            id: string;
            name: string;
            coreid: string;
        };
        ShowIntegrationReplyIntegrationOption3ErrorsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        ShowIntegrationReplyIntegrationOption3ErrorsItemReplyOption1: {
            status: number;
            content_type: string | null;
            retry_after: string | null;
            body: string;
        };
        ShowIntegrationReplyIntegrationOption3ErrorsItem: {
            delivery: string;
            attempt: number;
            ok: boolean;
            error?: string;
            event: components["schemas"]["ShowIntegrationReplyIntegrationOption3ErrorsItemEvent"];
            /** Format: date-time */
            started_at: string;
            took_ms: number;
            next_attempt_at: string | null;
            request: components["schemas"]["ShowIntegrationReplyIntegrationOption3ErrorsItemRequestOption1"] | null;
            reply: components["schemas"]["ShowIntegrationReplyIntegrationOption3ErrorsItemReplyOption1"] | null;
        };
        ShowIntegrationReplyIntegrationOption3: {
            id: string;
            event: string;
            deviceID?: string;
            name: string;
            disabled: boolean;
            disabledReason?: string;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            topic: string;
            service_account_key: components["schemas"]["ShowIntegrationReplyIntegrationOption3ServiceAccountKey"];
            signed: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
            counters: components["schemas"]["ShowIntegrationReplyIntegrationOption3CountersItem"][];
            logs: components["schemas"]["ShowIntegrationReplyIntegrationOption3LogsItem"][];
            errors: components["schemas"]["ShowIntegrationReplyIntegrationOption3ErrorsItem"][];
        };
        ShowIntegrationReplyIntegrationOption4CountersItem: {
            /** Format: date */
            date: string;
            success: number;
            error: number;
            waiting: number;
            dead: number;
            discarded: number;
            missing: number;
        };
        ShowIntegrationReplyIntegrationOption4LogsItemEvent: {
            id: string;
            name: string;
            coreid: string;
        };
        ShowIntegrationReplyIntegrationOption4LogsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        ShowIntegrationReplyIntegrationOption4LogsItemReplyOption1: {
            status: number;
            content_type: string | null;
            retry_after: string | null;
            body: string;
        };
        ShowIntegrationReplyIntegrationOption4LogsItem: {
            delivery: string;
            attempt: number;
            ok: boolean;
            error?: string;
            event: components["schemas"]["ShowIntegrationReplyIntegrationOption4LogsItemEvent"];
            /** Format: date-time */
            started_at: string;
            took_ms: number;
            next_attempt_at: string | null;
            request: components["schemas"]["ShowIntegrationReplyIntegrationOption4LogsItemRequestOption1"] | null;
            reply: components["schemas"]["ShowIntegrationReplyIntegrationOption4LogsItemReplyOption1"] | null;
        };
        ShowIntegrationReplyIntegrationOption4ErrorsItemEvent: {
            id: string;
            name: string;
            coreid: string;
        };
        ShowIntegrationReplyIntegrationOption4ErrorsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        ShowIntegrationReplyIntegrationOption4ErrorsItemReplyOption1: {
            status: number;
            content_type: string | null;
            retry_after: string | null;
            body: string;
        };
        ShowIntegrationReplyIntegrationOption4ErrorsItem: {
            delivery: string;
            attempt: number;
            ok: boolean;
            error?: string;
            event: components["schemas"]["ShowIntegrationReplyIntegrationOption4ErrorsItemEvent"];
            /** Format: date-time */
            started_at: string;
            took_ms: number;
            next_attempt_at: string | null;
            request: components["schemas"]["ShowIntegrationReplyIntegrationOption4ErrorsItemRequestOption1"] | null;
            reply: components["schemas"]["ShowIntegrationReplyIntegrationOption4ErrorsItemReplyOption1"] | null;
        };
        ShowIntegrationReplyIntegrationOption4: {
            id: string;
            event: string;
            deviceID?: string;
            name: string;
            disabled: boolean;
            disabledReason?: string;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            region: string;
            /** @default default */
            event_bus: string;
            /** @default godwit */
            source: string;
            access_key_id: string;
            secret_access_key: string;
            json?: {
                [key: string]: unknown;
            } | string;
            signed: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
            counters: components["schemas"]["ShowIntegrationReplyIntegrationOption4CountersItem"][];
            logs: components["schemas"]["ShowIntegrationReplyIntegrationOption4LogsItem"][];
            errors: components["schemas"]["ShowIntegrationReplyIntegrationOption4ErrorsItem"][];
        };
        ShowIntegrationReplyIntegrationOption5CountersItem: {
            /** Format: date */
            date: string;
            success: number;
            error: number;
            waiting: number;
            dead: number;
            discarded: number;
            missing: number;
        };
        ShowIntegrationReplyIntegrationOption5LogsItemEvent: {
            id: string;
            name: string;
            coreid: string;
        };
        ShowIntegrationReplyIntegrationOption5LogsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        ShowIntegrationReplyIntegrationOption5LogsItemReplyOption1: {
            status: number;
            content_type: string | null;
            retry_after: string | null;
            body: string;
        };
        ShowIntegrationReplyIntegrationOption5LogsItem: {
            delivery: string;
            attempt: number;
            ok: boolean;
            error?: string;
            event: components["schemas"]["ShowIntegrationReplyIntegrationOption5LogsItemEvent"];
            /** Format: date-time */
            started_at: string;
            took_ms: number;
            next_attempt_at: string | null;
            request: components["schemas"]["ShowIntegrationReplyIntegrationOption5LogsItemRequestOption1"] | null;
            reply: components["schemas"]["ShowIntegrationReplyIntegrationOption5LogsItemReplyOption1"] | null;
        };
        ShowIntegrationReplyIntegrationOption5ErrorsItemEvent: {
            id: string;
            name: string;
            coreid: string;
        };
        ShowIntegrationReplyIntegrationOption5ErrorsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        ShowIntegrationReplyIntegrationOption5ErrorsItemReplyOption1: {
            status: number;
            content_type: string | null;
            retry_after: string | null;
            body: string;
        };
        ShowIntegrationReplyIntegrationOption5ErrorsItem: {
            delivery: string;
            attempt: number;
            ok: boolean;
            error?: string;
            event: components["schemas"]["ShowIntegrationReplyIntegrationOption5ErrorsItemEvent"];
            /** Format: date-time */
            started_at: string;
            took_ms: number;
            next_attempt_at: string | null;
            request: components["schemas"]["ShowIntegrationReplyIntegrationOption5ErrorsItemRequestOption1"] | null;
            reply: components["schemas"]["ShowIntegrationReplyIntegrationOption5ErrorsItemReplyOption1"] | null;
        };
        ShowIntegrationReplyIntegrationOption5: {
            id: string;
            event: string;
            deviceID?: string;
            name: string;
            disabled: boolean;
            disabledReason?: string;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            queue_url: string;
            access_key_id: string;
            secret_access_key: string;
            json?: {
                [key: string]: unknown;
            } | string;
            signed: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
            counters: components["schemas"]["ShowIntegrationReplyIntegrationOption5CountersItem"][];
            logs: components["schemas"]["ShowIntegrationReplyIntegrationOption5LogsItem"][];
            errors: components["schemas"]["ShowIntegrationReplyIntegrationOption5ErrorsItem"][];
        };
        ShowIntegrationReply: {
            integration: components["schemas"]["ShowIntegrationReplyIntegrationOption1"] | components["schemas"]["ShowIntegrationReplyIntegrationOption2"] | components["schemas"]["ShowIntegrationReplyIntegrationOption3"] | components["schemas"]["ShowIntegrationReplyIntegrationOption4"] | components["schemas"]["ShowIntegrationReplyIntegrationOption5"];
        };
        ListAttemptsReplyAttemptsItemEvent: {
            id: string;
            name: string;
            coreid: string;
        };
        ListAttemptsReplyAttemptsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        ListAttemptsReplyAttemptsItemReplyOption1: {
            status: number;
            content_type: string | null;
            retry_after: string | null;
            body: string;
        };
        ListAttemptsReplyAttemptsItem: {
            delivery: string;
            attempt: number;
            ok: boolean;
            error?: string;
            event: components["schemas"]["ListAttemptsReplyAttemptsItemEvent"];
            /** Format: date-time */
            started_at: string;
            took_ms: number;
            next_attempt_at: string | null;
            request: components["schemas"]["ListAttemptsReplyAttemptsItemRequestOption1"] | null;
            reply: components["schemas"]["ListAttemptsReplyAttemptsItemReplyOption1"] | null;
        };
        ListAttemptsReply: {
            attempts: components["schemas"]["ListAttemptsReplyAttemptsItem"][];
            cursor?: string;
        };
        ReplaceIntegrationInputOption1Auth: {
            username: string;
            password: string;
        };
        ReplaceIntegrationInputOption1AzureSasToken: {
            key_name: string;
            key: string;
        };
        ReplaceIntegrationInputOption1: {
            /** @constant */
            integration_type: "Webhook";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            url: string;
            requestType?: string;
            json?: {
                [key: string]: unknown;
            } | string;
            form?: {
                [key: string]: string | number | boolean;
            };
            body?: string;
            query?: {
                [key: string]: string | number | boolean;
            };
            headers?: {
                [key: string]: string | number | boolean;
            } | string;
            auth?: components["schemas"]["ReplaceIntegrationInputOption1Auth"];
            azure_sas_token?: components["schemas"]["ReplaceIntegrationInputOption1AzureSasToken"];
            noDefaults?: boolean;
            rejectUnauthorized?: boolean;
            acceptRedirects?: boolean;
            responseTemplate?: string | {
                [key: string]: unknown;
            };
            responseTopic?: string;
            errorResponseTopic?: string;
            unchunked?: boolean;
            dataUrlResponseEvent?: boolean;
        };
        ReplaceIntegrationInputOption2: {
            /** @constant */
            integration_type: "AzureIotHub";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            hub_name: string;
            policy_name: string;
            policy_key: string;
            json?: {
                [key: string]: unknown;
            } | string;
        };
        ReplaceIntegrationInputOption3ServiceAccountKey: {
            client_email: string;
            private_key: string;
            private_key_id?: string;
        };
        ReplaceIntegrationInputOption3: {
            /** @constant */
            integration_type: "GoogleCloudPubSub";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            topic: string;
            service_account_key: components["schemas"]["ReplaceIntegrationInputOption3ServiceAccountKey"];
        };
        ReplaceIntegrationInputOption4: {
            /** @constant */
            integration_type: "AwsEventBridge";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            region: string;
            /** @default default */
            event_bus: string;
            /** @default godwit */
            source: string;
            access_key_id: string;
            secret_access_key: string;
            json?: {
                [key: string]: unknown;
            } | string;
        };
        ReplaceIntegrationInputOption5: {
            /** @constant */
            integration_type: "AwsSqs";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            queue_url: string;
            access_key_id: string;
            secret_access_key: string;
            json?: {
                [key: string]: unknown;
            } | string;
        };
        ReplaceIntegrationInput: components["schemas"]["ReplaceIntegrationInputOption1"] | components["schemas"]["ReplaceIntegrationInputOption2"] | components["schemas"]["ReplaceIntegrationInputOption3"] | components["schemas"]["ReplaceIntegrationInputOption4"] | components["schemas"]["ReplaceIntegrationInputOption5"];
        ReplaceIntegrationReply: {
            /** @constant */
            ok: true;
            id: string;
            event: string;
            name: string;
            url?: string;
            requestType?: string;
            deviceID: string | null;
            disabled: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
            signing_secret?: string;
            /** Format: date-time */
            previous_signs_until?: string;
        };
        PatchIntegrationInput: {
            [key: string]: unknown;
        };
        PatchIntegrationReply: {
            /** @constant */
            ok: true;
            id: string;
            event: string;
            name: string;
            url?: string;
            requestType?: string;
            deviceID: string | null;
            disabled: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
            signing_secret?: string;
            /** Format: date-time */
            previous_signs_until?: string;
        };
        CloneIntegrationInput: {
            [key: string]: unknown;
        };
        CloneIntegrationReply: {
            /** @constant */
            ok: true;
            id: string;
            event: string;
            name: string;
            url?: string;
            requestType?: string;
            deviceID: string | null;
            disabled: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
            signing_secret?: string;
            /** Format: date-time */
            previous_signs_until?: string;
        };
        RemoveIntegrationReply: {
            /** @constant */
            ok: true;
        };
        EnableIntegrationReply: {
            /** @constant */
            ok: true;
            id: string;
            event: string;
            name: string;
            url?: string;
            requestType?: string;
            deviceID: string | null;
            disabled: boolean;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            integration_type: "Webhook" | "AzureIotHub" | "GoogleCloudPubSub" | "AwsEventBridge" | "AwsSqs";
        };
        RotateSigningSecretInput: {
            overlap?: number;
        };
        RotateSigningSecretReply: {
            /** @constant */
            ok: true;
            signing_secret?: string;
            /** Format: date-time */
            previous_signs_until?: string;
        };
        ShowLedgerReplyBucketsItem: {
            /** Format: date-time */
            from: string;
            matched: number;
            delivered: number;
            waiting: number;
            dead: number;
            discarded: number;
            missing: number;
            failed_attempts: number;
            readonly missing_deliveries?: string[];
        };
        ShowLedgerReply: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            balanced: boolean;
            matched: number;
            delivered: number;
            waiting: number;
            dead: number;
            discarded: number;
            missing: number;
            failed_attempts: number;
            missing_deliveries: string[];
            buckets: components["schemas"]["ShowLedgerReplyBucketsItem"][];
        };
        ShowSeriesReply: {
            /** @enum {string} */
            metric: "deliveries" | "backlog" | "events" | "calls";
            step: number;
            readonly names: string[];
            readonly points: number[][];
        };
        ShowUsageReplyTotal: {
            operations: number;
            publishes: number;
            publish_operations: number;
            functions: number;
            variables: number;
            free_events: number;
            deliveries: number;
        };
        ShowUsageReplyStepsItem: {
            operations: number;
            publishes: number;
            publish_operations: number;
            functions: number;
            variables: number;
            free_events: number;
            deliveries: number;
            /** Format: date-time */
            at: string;
        };
        ShowUsageReplyKindsItem: {
            kind: string;
            count: number;
            operations: number;
        };
        ShowUsageReplyDevicesItem: {
            operations: number;
            publishes: number;
            publish_operations: number;
            functions: number;
            variables: number;
            free_events: number;
            deliveries: number;
            device: string;
        };
        ShowUsageReplyTopDevicesItem: {
            device: string;
            operations: number;
        };
        ShowUsageReplyForecastLimitsItem: {
            id: string;
            name: string | null;
            /** @enum {string} */
            period: "day" | "month";
            limit: number;
            used: number;
            expected: number;
            reached_at: string | null;
        };
        ShowUsageReplyForecast: {
            /** Format: date-time */
            month_begins: string;
            /** Format: date-time */
            month_ends: string;
            operations: number;
            expected_operations: number;
            limits: components["schemas"]["ShowUsageReplyForecastLimitsItem"][];
        };
        ShowUsageReplyShowbackLinesItem: {
            what: string;
            unit: string;
            quantity: number;
            dollars: number;
        };
        ShowUsageReplyShowback: {
            dollars: number;
            lines: components["schemas"]["ShowUsageReplyShowbackLinesItem"][];
        };
        ShowUsageReply: {
            fleet: string;
            device?: string;
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            /** @enum {string} */
            by: "hour" | "day" | "device" | "kind";
            total: components["schemas"]["ShowUsageReplyTotal"];
            steps?: components["schemas"]["ShowUsageReplyStepsItem"][];
            kinds?: components["schemas"]["ShowUsageReplyKindsItem"][];
            devices?: components["schemas"]["ShowUsageReplyDevicesItem"][];
            cursor?: string;
            top_devices?: components["schemas"]["ShowUsageReplyTopDevicesItem"][];
            forecast?: components["schemas"]["ShowUsageReplyForecast"];
            showback: components["schemas"]["ShowUsageReplyShowback"];
            not_metered: "subscription"[];
        };
        ListUsageLimitsReplyLimitsItem: {
            id: string;
            /** @enum {string} */
            scope: "fleet" | "product" | "device" | "integration";
            target: string | null;
            /** @enum {string} */
            period: "day" | "month";
            limit: number;
            /** @enum {string} */
            action: "notify" | "slow" | "park";
            name: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            period_begins: string;
            /** Format: date-time */
            period_ends: string;
            used: number;
            percent: number;
            expected: number;
            reached_at: string | null;
            in_force: boolean;
        };
        ListUsageLimitsReply: {
            limits: components["schemas"]["ListUsageLimitsReplyLimitsItem"][];
        };
        CreateUsageLimitInput: {
            /** @enum {string} */
            scope: "fleet" | "product" | "device" | "integration";
            target?: string;
            /** @enum {string} */
            period: "day" | "month";
            limit: number;
            /** @enum {string} */
            action: "notify" | "slow" | "park";
            name?: string;
        };
        CreateUsageLimitReplyLimit: {
            id: string;
            /** @enum {string} */
            scope: "fleet" | "product" | "device" | "integration";
            target: string | null;
            /** @enum {string} */
            period: "day" | "month";
            limit: number;
            /** @enum {string} */
            action: "notify" | "slow" | "park";
            name: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            period_begins: string;
            /** Format: date-time */
            period_ends: string;
            used: number;
            percent: number;
            expected: number;
            reached_at: string | null;
            in_force: boolean;
        };
        CreateUsageLimitReply: {
            limit: components["schemas"]["CreateUsageLimitReplyLimit"];
        };
        ShowUsageLimitReplyLimit: {
            id: string;
            /** @enum {string} */
            scope: "fleet" | "product" | "device" | "integration";
            target: string | null;
            /** @enum {string} */
            period: "day" | "month";
            limit: number;
            /** @enum {string} */
            action: "notify" | "slow" | "park";
            name: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            period_begins: string;
            /** Format: date-time */
            period_ends: string;
            used: number;
            percent: number;
            expected: number;
            reached_at: string | null;
            in_force: boolean;
        };
        ShowUsageLimitReply: {
            limit: components["schemas"]["ShowUsageLimitReplyLimit"];
        };
        ReplaceUsageLimitInput: {
            limit: number;
            /** @enum {string} */
            action: "notify" | "slow" | "park";
            name?: string;
        };
        ReplaceUsageLimitReplyLimit: {
            id: string;
            /** @enum {string} */
            scope: "fleet" | "product" | "device" | "integration";
            target: string | null;
            /** @enum {string} */
            period: "day" | "month";
            limit: number;
            /** @enum {string} */
            action: "notify" | "slow" | "park";
            name: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            period_begins: string;
            /** Format: date-time */
            period_ends: string;
            used: number;
            percent: number;
            expected: number;
            reached_at: string | null;
            in_force: boolean;
        };
        ReplaceUsageLimitReply: {
            limit: components["schemas"]["ReplaceUsageLimitReplyLimit"];
        };
        ListServiceAgreementsReplyDataItemAttributesCurrentUsageSummaryConnectivityAll: {
            device_messages: number;
            device_data: number;
        };
        ListServiceAgreementsReplyDataItemAttributesCurrentUsageSummaryConnectivity: {
            all: components["schemas"]["ListServiceAgreementsReplyDataItemAttributesCurrentUsageSummaryConnectivityAll"];
        };
        ListServiceAgreementsReplyDataItemAttributesCurrentUsageSummary: {
            /** @constant */
            device_limit_reached: false;
            connectivity: components["schemas"]["ListServiceAgreementsReplyDataItemAttributesCurrentUsageSummaryConnectivity"];
        };
        ListServiceAgreementsReplyDataItemAttributesPricingTermsDevice: {
            max_devices: null;
        };
        ListServiceAgreementsReplyDataItemAttributesPricingTermsMessaging: {
            max_messages: null;
        };
        ListServiceAgreementsReplyDataItemAttributesPricingTermsDeviceData: {
            /** @constant */
            uom: "MB";
            max_data: null;
        };
        ListServiceAgreementsReplyDataItemAttributesPricingTerms: {
            device: components["schemas"]["ListServiceAgreementsReplyDataItemAttributesPricingTermsDevice"];
            messaging: components["schemas"]["ListServiceAgreementsReplyDataItemAttributesPricingTermsMessaging"];
            device_data: components["schemas"]["ListServiceAgreementsReplyDataItemAttributesPricingTermsDeviceData"];
        };
        ListServiceAgreementsReplyDataItemAttributes: {
            owner_id: string;
            /** @enum {string} */
            owner_type: "User" | "Product";
            name: string;
            /** @constant */
            agreement_type: "self-hosted";
            /** @constant */
            duration: "monthly";
            /** @constant */
            state: "active";
            /** Format: date-time */
            starts_on: string;
            ends_on: null;
            /** Format: date-time */
            current_billing_period_start: string;
            /** Format: date-time */
            current_billing_period_end: string;
            /** Format: date-time */
            next_billing_period_start: string;
            current_usage_summary: components["schemas"]["ListServiceAgreementsReplyDataItemAttributesCurrentUsageSummary"];
            pricing_terms: components["schemas"]["ListServiceAgreementsReplyDataItemAttributesPricingTerms"];
        };
        ListServiceAgreementsReplyDataItem: {
            id: string;
            /** @constant */
            type: "service_agreement";
            attributes: components["schemas"]["ListServiceAgreementsReplyDataItemAttributes"];
        };
        ListServiceAgreementsReply: {
            data: components["schemas"]["ListServiceAgreementsReplyDataItem"][];
        };
        ListOrganizationAgreementsReplyDataItemAttributesCurrentUsageSummaryConnectivityAll: {
            device_messages: number;
            device_data: number;
        };
        ListOrganizationAgreementsReplyDataItemAttributesCurrentUsageSummaryConnectivity: {
            all: components["schemas"]["ListOrganizationAgreementsReplyDataItemAttributesCurrentUsageSummaryConnectivityAll"];
        };
        ListOrganizationAgreementsReplyDataItemAttributesCurrentUsageSummary: {
            /** @constant */
            device_limit_reached: false;
            connectivity: components["schemas"]["ListOrganizationAgreementsReplyDataItemAttributesCurrentUsageSummaryConnectivity"];
        };
        ListOrganizationAgreementsReplyDataItemAttributesPricingTermsDevice: {
            max_devices: null;
        };
        ListOrganizationAgreementsReplyDataItemAttributesPricingTermsMessaging: {
            max_messages: null;
        };
        ListOrganizationAgreementsReplyDataItemAttributesPricingTermsDeviceData: {
            /** @constant */
            uom: "MB";
            max_data: null;
        };
        ListOrganizationAgreementsReplyDataItemAttributesPricingTerms: {
            device: components["schemas"]["ListOrganizationAgreementsReplyDataItemAttributesPricingTermsDevice"];
            messaging: components["schemas"]["ListOrganizationAgreementsReplyDataItemAttributesPricingTermsMessaging"];
            device_data: components["schemas"]["ListOrganizationAgreementsReplyDataItemAttributesPricingTermsDeviceData"];
        };
        ListOrganizationAgreementsReplyDataItemAttributes: {
            owner_id: string;
            /** @enum {string} */
            owner_type: "User" | "Product";
            name: string;
            /** @constant */
            agreement_type: "self-hosted";
            /** @constant */
            duration: "monthly";
            /** @constant */
            state: "active";
            /** Format: date-time */
            starts_on: string;
            ends_on: null;
            /** Format: date-time */
            current_billing_period_start: string;
            /** Format: date-time */
            current_billing_period_end: string;
            /** Format: date-time */
            next_billing_period_start: string;
            current_usage_summary: components["schemas"]["ListOrganizationAgreementsReplyDataItemAttributesCurrentUsageSummary"];
            pricing_terms: components["schemas"]["ListOrganizationAgreementsReplyDataItemAttributesPricingTerms"];
        };
        ListOrganizationAgreementsReplyDataItem: {
            id: string;
            /** @constant */
            type: "service_agreement";
            attributes: components["schemas"]["ListOrganizationAgreementsReplyDataItemAttributes"];
        };
        ListOrganizationAgreementsReply: {
            data: components["schemas"]["ListOrganizationAgreementsReplyDataItem"][];
        };
        ListUsageNoticesReplyDataItemAttributesDetails: {
            limit_id: string;
            name: string | null;
            /** @enum {string} */
            kind: "threshold" | "forecast";
            percent: number | null;
            scope: string;
            target: string | null;
            action: string;
            /** @enum {string} */
            period: "day" | "month";
            /** Format: date-time */
            period_begins: string;
            /** Format: date-time */
            period_ends: string;
            limit: number;
            used: number;
            expected: number;
            reached_at: string | null;
        };
        ListUsageNoticesReplyDataItemAttributes: {
            /** @enum {string} */
            state: "pending" | "sent";
            /** @constant */
            event_name: "usage/notice";
            /** @enum {string} */
            time_period: "day" | "month";
            /** Format: date-time */
            created_at: string;
            resource_id: string;
            /** @enum {string} */
            resource_type: "User" | "Product" | "Device" | "Integration";
            details: components["schemas"]["ListUsageNoticesReplyDataItemAttributesDetails"];
        };
        ListUsageNoticesReplyDataItem: {
            id: string;
            /** @constant */
            type: "notification";
            attributes: components["schemas"]["ListUsageNoticesReplyDataItemAttributes"];
        };
        ListUsageNoticesReply: {
            data: components["schemas"]["ListUsageNoticesReplyDataItem"][];
        };
        ListOrganizationNoticesReplyDataItemAttributesDetails: {
            limit_id: string;
            name: string | null;
            /** @enum {string} */
            kind: "threshold" | "forecast";
            percent: number | null;
            scope: string;
            target: string | null;
            action: string;
            /** @enum {string} */
            period: "day" | "month";
            /** Format: date-time */
            period_begins: string;
            /** Format: date-time */
            period_ends: string;
            limit: number;
            used: number;
            expected: number;
            reached_at: string | null;
        };
        ListOrganizationNoticesReplyDataItemAttributes: {
            /** @enum {string} */
            state: "pending" | "sent";
            /** @constant */
            event_name: "usage/notice";
            /** @enum {string} */
            time_period: "day" | "month";
            /** Format: date-time */
            created_at: string;
            resource_id: string;
            /** @enum {string} */
            resource_type: "User" | "Product" | "Device" | "Integration";
            details: components["schemas"]["ListOrganizationNoticesReplyDataItemAttributesDetails"];
        };
        ListOrganizationNoticesReplyDataItem: {
            id: string;
            /** @constant */
            type: "notification";
            attributes: components["schemas"]["ListOrganizationNoticesReplyDataItemAttributes"];
        };
        ListOrganizationNoticesReply: {
            data: components["schemas"]["ListOrganizationNoticesReplyDataItem"][];
        };
        CreateUsageReportInput: {
            /** @constant */
            report_type: "devices";
            date_period_start: string | number;
            date_period_end: string | number;
            /** @default [] */
            devices: string[];
        };
        CreateUsageReportReplyDataAttributesReportParams: {
            devices: string[];
            products: string[];
            recipient_list: string[];
        };
        CreateUsageReportReplyDataAttributes: {
            /** @enum {string} */
            state: "pending" | "available" | "expired";
            service_agreement_id: string;
            /** Format: date-time */
            date_period_start: string;
            /** Format: date-time */
            date_period_end: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** @constant */
            report_type: "devices";
            report_params: components["schemas"]["CreateUsageReportReplyDataAttributesReportParams"];
            download_url: string | null;
        };
        CreateUsageReportReplyData: {
            id: string;
            /** @constant */
            type: "usage_report";
            attributes: components["schemas"]["CreateUsageReportReplyDataAttributes"];
        };
        CreateUsageReportReply: {
            data: components["schemas"]["CreateUsageReportReplyData"];
        };
        ShowUsageReportReplyDataAttributesReportParams: {
            devices: string[];
            products: string[];
            recipient_list: string[];
        };
        ShowUsageReportReplyDataAttributes: {
            /** @enum {string} */
            state: "pending" | "available" | "expired";
            service_agreement_id: string;
            /** Format: date-time */
            date_period_start: string;
            /** Format: date-time */
            date_period_end: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** @constant */
            report_type: "devices";
            report_params: components["schemas"]["ShowUsageReportReplyDataAttributesReportParams"];
            download_url: string | null;
        };
        ShowUsageReportReplyData: {
            id: string;
            /** @constant */
            type: "usage_report";
            attributes: components["schemas"]["ShowUsageReportReplyDataAttributes"];
        };
        ShowUsageReportReply: {
            data: components["schemas"]["ShowUsageReportReplyData"];
        };
        PreviewNewIntegrationInputEvent: {
            id?: string;
            name?: string;
            data: unknown;
            device?: string;
            coreid?: string;
            published_at?: string | number;
        };
        PreviewNewIntegrationInputTemplateOption1Auth: {
            username: string;
            password: string;
        };
        PreviewNewIntegrationInputTemplateOption1AzureSasToken: {
            key_name: string;
            key: string;
        };
        PreviewNewIntegrationInputTemplateOption1: {
            /** @constant */
            integration_type: "Webhook";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            url: string;
            requestType?: string;
            json?: {
                [key: string]: unknown;
            } | string;
            form?: {
                [key: string]: string | number | boolean;
            };
            body?: string;
            query?: {
                [key: string]: string | number | boolean;
            };
            headers?: {
                [key: string]: string | number | boolean;
            } | string;
            auth?: components["schemas"]["PreviewNewIntegrationInputTemplateOption1Auth"];
            azure_sas_token?: components["schemas"]["PreviewNewIntegrationInputTemplateOption1AzureSasToken"];
            noDefaults?: boolean;
            rejectUnauthorized?: boolean;
            acceptRedirects?: boolean;
            responseTemplate?: string | {
                [key: string]: unknown;
            };
            responseTopic?: string;
            errorResponseTopic?: string;
            unchunked?: boolean;
            dataUrlResponseEvent?: boolean;
        };
        PreviewNewIntegrationInputTemplateOption2: {
            /** @constant */
            integration_type: "AzureIotHub";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            hub_name: string;
            policy_name: string;
            policy_key: string;
            json?: {
                [key: string]: unknown;
            } | string;
        };
        PreviewNewIntegrationInputTemplateOption3ServiceAccountKey: {
            client_email: string;
            private_key: string;
            private_key_id?: string;
        };
        PreviewNewIntegrationInputTemplateOption3: {
            /** @constant */
            integration_type: "GoogleCloudPubSub";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            topic: string;
            service_account_key: components["schemas"]["PreviewNewIntegrationInputTemplateOption3ServiceAccountKey"];
        };
        PreviewNewIntegrationInputTemplateOption4: {
            /** @constant */
            integration_type: "AwsEventBridge";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            region: string;
            /** @default default */
            event_bus: string;
            /** @default godwit */
            source: string;
            access_key_id: string;
            secret_access_key: string;
            json?: {
                [key: string]: unknown;
            } | string;
        };
        PreviewNewIntegrationInputTemplateOption5: {
            /** @constant */
            integration_type: "AwsSqs";
            event: string;
            name?: string;
            deviceID?: string;
            disabled?: boolean;
            deadline?: number;
            hookSent?: boolean;
            hookResponse?: boolean;
            hookError?: boolean;
            queue_url: string;
            access_key_id: string;
            secret_access_key: string;
            json?: {
                [key: string]: unknown;
            } | string;
        };
        PreviewNewIntegrationInput: {
            event?: components["schemas"]["PreviewNewIntegrationInputEvent"];
            limit?: number;
            template: components["schemas"]["PreviewNewIntegrationInputTemplateOption1"] | components["schemas"]["PreviewNewIntegrationInputTemplateOption2"] | components["schemas"]["PreviewNewIntegrationInputTemplateOption3"] | components["schemas"]["PreviewNewIntegrationInputTemplateOption4"] | components["schemas"]["PreviewNewIntegrationInputTemplateOption5"];
        };
        PreviewNewIntegrationReplyEventsItemEvent: {
            id: string;
            name: string;
            data: string;
            coreid: string;
            /** Format: date-time */
            published_at: string;
        };
        PreviewNewIntegrationReplyEventsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        PreviewNewIntegrationReplyEventsItem: {
            event: components["schemas"]["PreviewNewIntegrationReplyEventsItemEvent"];
            matches: boolean;
            request: components["schemas"]["PreviewNewIntegrationReplyEventsItemRequestOption1"] | null;
            failure?: string;
        };
        PreviewNewIntegrationReply: {
            events: components["schemas"]["PreviewNewIntegrationReplyEventsItem"][];
            /** @enum {string} */
            from: "given" | "archive" | "recent";
            note?: string;
        };
        PreviewIntegrationInputEvent: {
            id?: string;
            name?: string;
            data: unknown;
            device?: string;
            coreid?: string;
            published_at?: string | number;
        };
        PreviewIntegrationInput: {
            event?: components["schemas"]["PreviewIntegrationInputEvent"];
            limit?: number;
            /** @default {} */
            template: {
                [key: string]: unknown;
            };
        };
        PreviewIntegrationReplyEventsItemEvent: {
            id: string;
            name: string;
            data: string;
            coreid: string;
            /** Format: date-time */
            published_at: string;
        };
        PreviewIntegrationReplyEventsItemRequestOption1: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        PreviewIntegrationReplyEventsItem: {
            event: components["schemas"]["PreviewIntegrationReplyEventsItemEvent"];
            matches: boolean;
            request: components["schemas"]["PreviewIntegrationReplyEventsItemRequestOption1"] | null;
            failure?: string;
        };
        PreviewIntegrationReply: {
            events: components["schemas"]["PreviewIntegrationReplyEventsItem"][];
            /** @enum {string} */
            from: "given" | "archive" | "recent";
            note?: string;
        };
        TestIntegrationInputEvent: {
            id?: string;
            name?: string;
            data: unknown;
            device?: string;
            coreid?: string;
            published_at?: string | number;
        };
        TestIntegrationInput: {
            event?: components["schemas"]["TestIntegrationInputEvent"];
        };
        TestIntegrationReplyRequest: {
            method: string;
            url: string;
            headers: {
                [key: string]: string;
            };
            body: string | null;
        };
        TestIntegrationReplyReplyOption1: {
            status: number;
            content_type: string | null;
            body: string;
        };
        TestIntegrationReply: {
            ok: boolean;
            verdict: string;
            took_ms: number;
            request: components["schemas"]["TestIntegrationReplyRequest"];
            reply: components["schemas"]["TestIntegrationReplyReplyOption1"] | null;
            failure?: string;
        };
        ListArchivedEventsReplyEventsItem: {
            id: string;
            name: string;
            data: string;
            coreid: string;
            /** Format: date-time */
            published_at: string;
        };
        ListArchivedEventsReply: {
            events: components["schemas"]["ListArchivedEventsReplyEventsItem"][];
            cursor?: string;
        };
        ListPagesReplyPagesItemDeliveriesItemAttemptsItem: {
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            event: "trigger" | "resolve";
            result: string;
        };
        ListPagesReplyPagesItemDeliveriesItem: {
            receiver: string;
            /** @enum {string} */
            told: "nothing" | "trigger" | "resolve";
            dead_letter: string | null;
            failures: number;
            next_attempt_at: string | null;
            attempts: components["schemas"]["ListPagesReplyPagesItemDeliveriesItemAttemptsItem"][];
        };
        ListPagesReplyPagesItem: {
            id: string;
            dedup_key: string;
            /** @enum {string} */
            state: "open" | "resolved";
            region: string;
            watcher: string;
            summary: string;
            /** @enum {string} */
            severity: "critical" | "error" | "warning";
            components: ("connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management")[];
            parts: string[];
            reason: string;
            runbook: string | null;
            /** Format: date-time */
            since: string;
            resolved_at: string | null;
            deliveries: components["schemas"]["ListPagesReplyPagesItemDeliveriesItem"][];
        };
        ListPagesReply: {
            pages: components["schemas"]["ListPagesReplyPagesItem"][];
        };
        ReplayPageReplyPageDeliveriesItemAttemptsItem: {
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            event: "trigger" | "resolve";
            result: string;
        };
        ReplayPageReplyPageDeliveriesItem: {
            receiver: string;
            /** @enum {string} */
            told: "nothing" | "trigger" | "resolve";
            dead_letter: string | null;
            failures: number;
            next_attempt_at: string | null;
            attempts: components["schemas"]["ReplayPageReplyPageDeliveriesItemAttemptsItem"][];
        };
        ReplayPageReplyPage: {
            id: string;
            dedup_key: string;
            /** @enum {string} */
            state: "open" | "resolved";
            region: string;
            watcher: string;
            summary: string;
            /** @enum {string} */
            severity: "critical" | "error" | "warning";
            components: ("connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management")[];
            parts: string[];
            reason: string;
            runbook: string | null;
            /** Format: date-time */
            since: string;
            resolved_at: string | null;
            deliveries: components["schemas"]["ReplayPageReplyPageDeliveriesItem"][];
        };
        ReplayPageReply: {
            page: components["schemas"]["ReplayPageReplyPage"];
        };
        ShowAcknowledgementReply: {
            /** @constant */
            ok: true;
        };
        AcknowledgeInput: {
            region: string;
            test: string;
            /** @enum {string} */
            way: "sns" | "watcher";
            signature: string;
        };
        AcknowledgeReply: {
            /** @constant */
            ok: true;
        };
        ShowOperationsReplyUnavailableItem: {
            /** @enum {string} */
            source: "alarms" | "metrics" | "incidents" | "pages" | "self-tests" | "heartbeats";
            region: string | null;
            reason: string;
        };
        ShowOperationsReplyComponentsItem: {
            region: string;
            /** @enum {string} */
            component: "connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management";
            name: string;
            status: ("operational" | "under_maintenance" | "degraded_performance" | "partial_outage" | "major_outage") | null;
            since: string | null;
        };
        ShowOperationsReplyAlarmsItem: {
            region: string;
            name: string;
            summary: string | null;
            severity: ("critical" | "error" | "warning") | null;
            components: ("connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management")[];
            runbook: string | null;
            /** Format: date-time */
            since: string;
            reason: string;
            contributors: string[];
            composite: boolean;
            grouped: boolean;
            pages: boolean;
        };
        ShowOperationsReplyQueuesItem: {
            region: string;
            name: string;
            oldest_seconds: number;
            visible: number;
            /** Format: date-time */
            at: string;
        };
        ShowOperationsReplyLedgerItemOverdueIntegrationsItem: {
            integration: string;
            deliveries: number;
        };
        ShowOperationsReplyLedgerItem: {
            region: string;
            missing: number | null;
            overdue: number | null;
            overdue_integrations: components["schemas"]["ShowOperationsReplyLedgerItemOverdueIntegrationsItem"][];
            counted_at: string | null;
        };
        ShowOperationsReplyPagesOption1OpenItem: {
            id: string;
            region: string;
            summary: string;
            /** @enum {string} */
            severity: "critical" | "error" | "warning";
            /** Format: date-time */
            since: string;
            receivers_told: number;
            receivers: number;
        };
        ShowOperationsReplyPagesOption1FailedDeliveriesItem: {
            page: string;
            region: string;
            receiver: string;
            /** @enum {string} */
            state: "waiting" | "dead_letter";
            error: string | null;
        };
        ShowOperationsReplyPagesOption1: {
            open: components["schemas"]["ShowOperationsReplyPagesOption1OpenItem"][];
            failed_deliveries: components["schemas"]["ShowOperationsReplyPagesOption1FailedDeliveriesItem"][];
        };
        ShowOperationsReplySelfTestsOption1ItemWaysItem: {
            /** @enum {string} */
            way: "sns" | "watcher";
            acknowledged_at: string | null;
            overdue: boolean;
        };
        ShowOperationsReplySelfTestsOption1Item: {
            region: string;
            at: string | null;
            ways: components["schemas"]["ShowOperationsReplySelfTestsOption1ItemWaysItem"][];
        };
        ShowOperationsReplyHeartbeatsOption1Item: {
            from: string;
            by: string;
            at: string | null;
            silent: boolean;
        };
        ShowOperationsReplyCanariesItemChecksItem: {
            /** @enum {string} */
            check: "connect" | "event" | "webhook" | "function" | "variable" | "stream" | "api" | "update";
            passed: boolean;
            latency_ms: number | null;
            /** Format: date-time */
            at: string;
        };
        ShowOperationsReplyCanariesItem: {
            region: string;
            checks: components["schemas"]["ShowOperationsReplyCanariesItemChecksItem"][];
        };
        ShowOperationsReplyIncidentsOption1Item: {
            id: string;
            /** @enum {string} */
            type: "incident" | "maintenance";
            name: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            /** @enum {string} */
            impact: "none" | "minor" | "major" | "critical";
            /** Format: date-time */
            started_at: string;
            scheduled_for: string | null;
            scheduled_until: string | null;
        };
        ShowOperationsReplyLastDrillOption1: {
            date: string;
            drill: string;
            place: string;
            passed: boolean;
            recovered_seconds: number | null;
            paged_seconds: number | null;
            lost: number;
        };
        ShowOperationsReplyDrillsItem: {
            date: string;
            drill: string;
            place: string;
            passed: boolean;
            recovered_seconds: number | null;
            paged_seconds: number | null;
            lost: number;
        };
        ShowOperationsReply: {
            /** Format: date-time */
            at: string;
            region: string;
            regions: string[];
            problems: string[];
            unavailable: components["schemas"]["ShowOperationsReplyUnavailableItem"][];
            components: components["schemas"]["ShowOperationsReplyComponentsItem"][];
            alarms_firing: number;
            alarms: components["schemas"]["ShowOperationsReplyAlarmsItem"][];
            queues: components["schemas"]["ShowOperationsReplyQueuesItem"][];
            ledger: components["schemas"]["ShowOperationsReplyLedgerItem"][];
            pages: components["schemas"]["ShowOperationsReplyPagesOption1"] | null;
            self_tests: components["schemas"]["ShowOperationsReplySelfTestsOption1Item"][] | null;
            heartbeats: components["schemas"]["ShowOperationsReplyHeartbeatsOption1Item"][] | null;
            canaries: components["schemas"]["ShowOperationsReplyCanariesItem"][];
            incidents: components["schemas"]["ShowOperationsReplyIncidentsOption1Item"][] | null;
            last_drill: components["schemas"]["ShowOperationsReplyLastDrillOption1"] | null;
            drills: components["schemas"]["ShowOperationsReplyDrillsItem"][];
        };
        ListDeadLettersReplyDeadLettersItemEvent: {
            id: string;
            name: string;
            data: string;
            coreid: string;
            /** Format: date-time */
            published_at: string;
        };
        ListDeadLettersReplyDeadLettersItem: {
            id: string;
            reason: string;
            status: number | null;
            attempts: number;
            /** Format: date-time */
            failed_at: string;
            event: components["schemas"]["ListDeadLettersReplyDeadLettersItemEvent"];
        };
        ListDeadLettersReply: {
            dead_letters: components["schemas"]["ListDeadLettersReplyDeadLettersItem"][];
            unreadable: number;
            next: string | null;
            cursor?: string;
        };
        RemoveDeadLettersInput: {
            from?: string | number;
            to?: string | number;
            reason?: string;
            status?: number;
            event?: string;
            device?: string;
            ids?: string[];
            plan?: boolean;
            all?: boolean;
        };
        RemoveDeadLettersReplyOption1: {
            /** @constant */
            plan: true;
            count: number;
            at_least: boolean;
        };
        RemoveDeadLettersReplyOption2: {
            /** @constant */
            ok: true;
            removed: number;
            more: boolean;
        };
        RemoveDeadLettersReply: components["schemas"]["RemoveDeadLettersReplyOption1"] | components["schemas"]["RemoveDeadLettersReplyOption2"];
        ShowDeadLetterReplyDeadLetterEvent: {
            id: string;
            name: string;
            data: string;
            coreid: string;
            /** Format: date-time */
            published_at: string;
        };
        ShowDeadLetterReplyDeadLetter: {
            id: string;
            reason: string;
            status: number | null;
            attempts: number;
            /** Format: date-time */
            failed_at: string;
            event: components["schemas"]["ShowDeadLetterReplyDeadLetterEvent"];
        };
        ShowDeadLetterReply: {
            dead_letter: components["schemas"]["ShowDeadLetterReplyDeadLetter"];
        };
        RemoveDeadLetterReply: {
            /** @constant */
            ok: true;
        };
        ReplayDeadLettersInput: {
            from?: string | number;
            to?: string | number;
            reason?: string;
            status?: number;
            event?: string;
            device?: string;
            ids?: string[];
            plan?: boolean;
            perSecond?: number;
        };
        ReplayDeadLettersReply: {
            /** @constant */
            plan: true;
            count: number;
            at_least: boolean;
            bytes: number;
            oldest: string | null;
            newest: string | null;
            per_second: number;
            expected_seconds: number;
            expected_dollars: number;
        };
        ReplayDeadLettersReply202JobFilter: {
            from?: string | null;
            to?: string | null;
            reason?: string;
            status?: number;
            event?: string;
            device?: string;
            ids?: string[];
        };
        ReplayDeadLettersReply202Job: {
            id: string;
            integration_id: string;
            /** @enum {string} */
            kind: "replay" | "backfill";
            filter?: components["schemas"]["ReplayDeadLettersReply202JobFilter"];
            from?: string | null;
            to?: string | null;
            /** @enum {string} */
            state: "running" | "done" | "stopped";
            stop_reason: string | null;
            total: number;
            at_least: boolean;
            done: number;
            failed: number;
            left: number;
            per_second: number;
            rate: number;
            started_at: string | null;
            updated_at: string | null;
            estimated_end: string | null;
            region: string;
        };
        ReplayDeadLettersReply202: {
            /** @constant */
            ok: true;
            job: components["schemas"]["ReplayDeadLettersReply202Job"];
        };
        BackfillInput: {
            from: string | number;
            to?: string | number;
            plan?: boolean;
            perSecond?: number;
        };
        BackfillReply: {
            /** @constant */
            plan: true;
            count: number;
            at_least: boolean;
            bytes: number;
            oldest: string | null;
            newest: string | null;
            per_second: number;
            expected_seconds: number;
            expected_dollars: number;
        };
        BackfillReply202JobFilter: {
            from?: string | null;
            to?: string | null;
            reason?: string;
            status?: number;
            event?: string;
            device?: string;
            ids?: string[];
        };
        BackfillReply202Job: {
            id: string;
            integration_id: string;
            /** @enum {string} */
            kind: "replay" | "backfill";
            filter?: components["schemas"]["BackfillReply202JobFilter"];
            from?: string | null;
            to?: string | null;
            /** @enum {string} */
            state: "running" | "done" | "stopped";
            stop_reason: string | null;
            total: number;
            at_least: boolean;
            done: number;
            failed: number;
            left: number;
            per_second: number;
            rate: number;
            started_at: string | null;
            updated_at: string | null;
            estimated_end: string | null;
            region: string;
        };
        BackfillReply202: {
            /** @constant */
            ok: true;
            job: components["schemas"]["BackfillReply202Job"];
        };
        ListJobsReplyJobsItemFilter: {
            from?: string | null;
            to?: string | null;
            reason?: string;
            status?: number;
            event?: string;
            device?: string;
            ids?: string[];
        };
        ListJobsReplyJobsItem: {
            id: string;
            integration_id: string;
            /** @enum {string} */
            kind: "replay" | "backfill";
            filter?: components["schemas"]["ListJobsReplyJobsItemFilter"];
            from?: string | null;
            to?: string | null;
            /** @enum {string} */
            state: "running" | "done" | "stopped";
            stop_reason: string | null;
            total: number;
            at_least: boolean;
            done: number;
            failed: number;
            left: number;
            per_second: number;
            rate: number;
            started_at: string | null;
            updated_at: string | null;
            estimated_end: string | null;
            region: string;
        };
        ListJobsReply: {
            jobs: components["schemas"]["ListJobsReplyJobsItem"][];
            cursor?: string;
        };
        ShowJobReplyJobFilter: {
            from?: string | null;
            to?: string | null;
            reason?: string;
            status?: number;
            event?: string;
            device?: string;
            ids?: string[];
        };
        ShowJobReplyJob: {
            id: string;
            integration_id: string;
            /** @enum {string} */
            kind: "replay" | "backfill";
            filter?: components["schemas"]["ShowJobReplyJobFilter"];
            from?: string | null;
            to?: string | null;
            /** @enum {string} */
            state: "running" | "done" | "stopped";
            stop_reason: string | null;
            total: number;
            at_least: boolean;
            done: number;
            failed: number;
            left: number;
            per_second: number;
            rate: number;
            started_at: string | null;
            updated_at: string | null;
            estimated_end: string | null;
            region: string;
        };
        ShowJobReply: {
            job: components["schemas"]["ShowJobReplyJob"];
        };
        StopJobReply: {
            /** @constant */
            ok: true;
        };
        ShowArchiveReplyArchive: {
            enabled: boolean;
            days: number;
        };
        ShowArchiveReply: {
            archive: components["schemas"]["ShowArchiveReplyArchive"];
        };
        ChangeArchiveInput: {
            enabled: boolean;
            days?: number;
        };
        ChangeArchiveReplyArchive: {
            enabled: boolean;
            days: number;
        };
        ChangeArchiveReply: {
            /** @constant */
            ok: true;
            archive: components["schemas"]["ChangeArchiveReplyArchive"];
        };
        ShowConcernReplyDeliveries: {
            accepted: number;
            delivered: number;
            late: number;
            pending: number;
            dead_lettered: number;
            discarded: number;
            missing: number;
            failed_attempts: number;
        };
        ShowConcernReplyIntegrationsItem: {
            id: string;
            event: string | null;
            accepted: number;
            delivered: number;
            late: number;
            pending: number;
            dead_lettered: number;
            discarded: number;
            missing: number;
            failed_attempts: number;
            settled_at: string | null;
        };
        ShowConcernReplyDevices: {
            checked: number;
            complete: boolean;
            disconnected: number;
            reconnected: number;
            disconnected_ids: string[];
            reconnected_ids: string[];
        };
        ShowConcernReply: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            concerned: boolean;
            balanced: boolean;
            balanced_at: string | null;
            provisional: boolean;
            deliveries: components["schemas"]["ShowConcernReplyDeliveries"];
            missing_deliveries: string[];
            integrations_checked: number;
            integrations: components["schemas"]["ShowConcernReplyIntegrationsItem"][];
            devices: components["schemas"]["ShowConcernReplyDevices"];
            incident: string | null;
        };
        ListIncidentsReplyIncidentsItemAffectedItem: {
            /** @enum {string} */
            component: "connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management";
            region: string;
            /** @enum {string} */
            status: "operational" | "under_maintenance" | "degraded_performance" | "partial_outage" | "major_outage";
        };
        ListIncidentsReplyIncidentsItemAlarmsItem: {
            name: string;
            region: string;
            /** Format: date-time */
            since: string;
        };
        ListIncidentsReplyIncidentsItemUpdatesItem: {
            id: string;
            /** Format: date-time */
            at: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            body: string;
            automatic: boolean;
        };
        ListIncidentsReplyIncidentsItemPostmortemOption1: {
            /** Format: date-time */
            at: string;
            body: string;
        };
        ListIncidentsReplyIncidentsItem: {
            id: string;
            /** @enum {string} */
            type: "incident" | "maintenance";
            name: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            /** @enum {string} */
            impact: "none" | "minor" | "major" | "critical";
            automatic: boolean;
            /** Format: date-time */
            started_at: string;
            detected_at: string | null;
            shown_at: string | null;
            resolved_at: string | null;
            scheduled_for: string | null;
            scheduled_until: string | null;
            affected: components["schemas"]["ListIncidentsReplyIncidentsItemAffectedItem"][];
            alarms: components["schemas"]["ListIncidentsReplyIncidentsItemAlarmsItem"][];
            updates: components["schemas"]["ListIncidentsReplyIncidentsItemUpdatesItem"][];
            postmortem: components["schemas"]["ListIncidentsReplyIncidentsItemPostmortemOption1"] | null;
            merged: string[];
            version: string;
        };
        ListIncidentsReply: {
            incidents: components["schemas"]["ListIncidentsReplyIncidentsItem"][];
        };
        OpenIncidentInputAffectedItem: {
            /** @enum {string} */
            component: "connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management";
            region: string;
            /** @enum {string} */
            status?: "operational" | "degraded_performance" | "partial_outage" | "major_outage" | "under_maintenance";
        };
        OpenIncidentInput: {
            name: string;
            body: string;
            /** @enum {string} */
            status?: "investigating" | "identified" | "monitoring";
            /** @enum {string} */
            impact?: "none" | "minor" | "major" | "critical";
            /** @default [] */
            affected: components["schemas"]["OpenIncidentInputAffectedItem"][];
            scheduled_for?: string | number;
            scheduled_until?: string | number;
        };
        OpenIncidentReplyIncidentAffectedItem: {
            /** @enum {string} */
            component: "connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management";
            region: string;
            /** @enum {string} */
            status: "operational" | "under_maintenance" | "degraded_performance" | "partial_outage" | "major_outage";
        };
        OpenIncidentReplyIncidentAlarmsItem: {
            name: string;
            region: string;
            /** Format: date-time */
            since: string;
        };
        OpenIncidentReplyIncidentUpdatesItem: {
            id: string;
            /** Format: date-time */
            at: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            body: string;
            automatic: boolean;
        };
        OpenIncidentReplyIncidentPostmortemOption1: {
            /** Format: date-time */
            at: string;
            body: string;
        };
        OpenIncidentReplyIncident: {
            id: string;
            /** @enum {string} */
            type: "incident" | "maintenance";
            name: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            /** @enum {string} */
            impact: "none" | "minor" | "major" | "critical";
            automatic: boolean;
            /** Format: date-time */
            started_at: string;
            detected_at: string | null;
            shown_at: string | null;
            resolved_at: string | null;
            scheduled_for: string | null;
            scheduled_until: string | null;
            affected: components["schemas"]["OpenIncidentReplyIncidentAffectedItem"][];
            alarms: components["schemas"]["OpenIncidentReplyIncidentAlarmsItem"][];
            updates: components["schemas"]["OpenIncidentReplyIncidentUpdatesItem"][];
            postmortem: components["schemas"]["OpenIncidentReplyIncidentPostmortemOption1"] | null;
            merged: string[];
            version: string;
        };
        OpenIncidentReply: {
            /** @constant */
            ok: true;
            incident: components["schemas"]["OpenIncidentReplyIncident"];
        };
        ShowIncidentReplyIncidentAffectedItem: {
            /** @enum {string} */
            component: "connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management";
            region: string;
            /** @enum {string} */
            status: "operational" | "under_maintenance" | "degraded_performance" | "partial_outage" | "major_outage";
        };
        ShowIncidentReplyIncidentAlarmsItem: {
            name: string;
            region: string;
            /** Format: date-time */
            since: string;
        };
        ShowIncidentReplyIncidentUpdatesItem: {
            id: string;
            /** Format: date-time */
            at: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            body: string;
            automatic: boolean;
        };
        ShowIncidentReplyIncidentPostmortemOption1: {
            /** Format: date-time */
            at: string;
            body: string;
        };
        ShowIncidentReplyIncident: {
            id: string;
            /** @enum {string} */
            type: "incident" | "maintenance";
            name: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            /** @enum {string} */
            impact: "none" | "minor" | "major" | "critical";
            automatic: boolean;
            /** Format: date-time */
            started_at: string;
            detected_at: string | null;
            shown_at: string | null;
            resolved_at: string | null;
            scheduled_for: string | null;
            scheduled_until: string | null;
            affected: components["schemas"]["ShowIncidentReplyIncidentAffectedItem"][];
            alarms: components["schemas"]["ShowIncidentReplyIncidentAlarmsItem"][];
            updates: components["schemas"]["ShowIncidentReplyIncidentUpdatesItem"][];
            postmortem: components["schemas"]["ShowIncidentReplyIncidentPostmortemOption1"] | null;
            merged: string[];
            version: string;
        };
        ShowIncidentReplyLogItem: {
            /** Format: date-time */
            at: string;
            by: string;
            /** @enum {string} */
            action: "open" | "update" | "merge" | "resolve" | "postmortem" | "maintenance" | "replay";
            update: string | null;
        };
        ShowIncidentReply: {
            incident: components["schemas"]["ShowIncidentReplyIncident"];
            log: components["schemas"]["ShowIncidentReplyLogItem"][];
        };
        UpdateIncidentInputAffectedItem: {
            /** @enum {string} */
            component: "connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management";
            region: string;
            /** @enum {string} */
            status?: "operational" | "degraded_performance" | "partial_outage" | "major_outage" | "under_maintenance";
        };
        UpdateIncidentInput: {
            body: string;
            status?: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            name?: string;
            /** @enum {string} */
            impact?: "none" | "minor" | "major" | "critical";
            affected?: components["schemas"]["UpdateIncidentInputAffectedItem"][];
            scheduled_for?: string | number;
            scheduled_until?: string | number;
            version?: string;
        };
        UpdateIncidentReplyIncidentAffectedItem: {
            /** @enum {string} */
            component: "connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management";
            region: string;
            /** @enum {string} */
            status: "operational" | "under_maintenance" | "degraded_performance" | "partial_outage" | "major_outage";
        };
        UpdateIncidentReplyIncidentAlarmsItem: {
            name: string;
            region: string;
            /** Format: date-time */
            since: string;
        };
        UpdateIncidentReplyIncidentUpdatesItem: {
            id: string;
            /** Format: date-time */
            at: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            body: string;
            automatic: boolean;
        };
        UpdateIncidentReplyIncidentPostmortemOption1: {
            /** Format: date-time */
            at: string;
            body: string;
        };
        UpdateIncidentReplyIncident: {
            id: string;
            /** @enum {string} */
            type: "incident" | "maintenance";
            name: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            /** @enum {string} */
            impact: "none" | "minor" | "major" | "critical";
            automatic: boolean;
            /** Format: date-time */
            started_at: string;
            detected_at: string | null;
            shown_at: string | null;
            resolved_at: string | null;
            scheduled_for: string | null;
            scheduled_until: string | null;
            affected: components["schemas"]["UpdateIncidentReplyIncidentAffectedItem"][];
            alarms: components["schemas"]["UpdateIncidentReplyIncidentAlarmsItem"][];
            updates: components["schemas"]["UpdateIncidentReplyIncidentUpdatesItem"][];
            postmortem: components["schemas"]["UpdateIncidentReplyIncidentPostmortemOption1"] | null;
            merged: string[];
            version: string;
        };
        UpdateIncidentReply: {
            /** @constant */
            ok: true;
            incident: components["schemas"]["UpdateIncidentReplyIncident"];
        };
        MergeIncidentInput: {
            merged_into: string;
            version?: string;
        };
        MergeIncidentReplyIncidentAffectedItem: {
            /** @enum {string} */
            component: "connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management";
            region: string;
            /** @enum {string} */
            status: "operational" | "under_maintenance" | "degraded_performance" | "partial_outage" | "major_outage";
        };
        MergeIncidentReplyIncidentAlarmsItem: {
            name: string;
            region: string;
            /** Format: date-time */
            since: string;
        };
        MergeIncidentReplyIncidentUpdatesItem: {
            id: string;
            /** Format: date-time */
            at: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            body: string;
            automatic: boolean;
        };
        MergeIncidentReplyIncidentPostmortemOption1: {
            /** Format: date-time */
            at: string;
            body: string;
        };
        MergeIncidentReplyIncident: {
            id: string;
            /** @enum {string} */
            type: "incident" | "maintenance";
            name: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            /** @enum {string} */
            impact: "none" | "minor" | "major" | "critical";
            automatic: boolean;
            /** Format: date-time */
            started_at: string;
            detected_at: string | null;
            shown_at: string | null;
            resolved_at: string | null;
            scheduled_for: string | null;
            scheduled_until: string | null;
            affected: components["schemas"]["MergeIncidentReplyIncidentAffectedItem"][];
            alarms: components["schemas"]["MergeIncidentReplyIncidentAlarmsItem"][];
            updates: components["schemas"]["MergeIncidentReplyIncidentUpdatesItem"][];
            postmortem: components["schemas"]["MergeIncidentReplyIncidentPostmortemOption1"] | null;
            merged: string[];
            version: string;
        };
        MergeIncidentReply: {
            /** @constant */
            ok: true;
            incident: components["schemas"]["MergeIncidentReplyIncident"];
        };
        WritePostmortemInput: {
            postmortem: string;
            version?: string;
        };
        WritePostmortemReplyIncidentAffectedItem: {
            /** @enum {string} */
            component: "connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management";
            region: string;
            /** @enum {string} */
            status: "operational" | "under_maintenance" | "degraded_performance" | "partial_outage" | "major_outage";
        };
        WritePostmortemReplyIncidentAlarmsItem: {
            name: string;
            region: string;
            /** Format: date-time */
            since: string;
        };
        WritePostmortemReplyIncidentUpdatesItem: {
            id: string;
            /** Format: date-time */
            at: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            body: string;
            automatic: boolean;
        };
        WritePostmortemReplyIncidentPostmortemOption1: {
            /** Format: date-time */
            at: string;
            body: string;
        };
        WritePostmortemReplyIncident: {
            id: string;
            /** @enum {string} */
            type: "incident" | "maintenance";
            name: string;
            status: ("investigating" | "identified" | "monitoring" | "resolved" | "postmortem") | ("scheduled" | "in_progress" | "verifying" | "completed");
            /** @enum {string} */
            impact: "none" | "minor" | "major" | "critical";
            automatic: boolean;
            /** Format: date-time */
            started_at: string;
            detected_at: string | null;
            shown_at: string | null;
            resolved_at: string | null;
            scheduled_for: string | null;
            scheduled_until: string | null;
            affected: components["schemas"]["WritePostmortemReplyIncidentAffectedItem"][];
            alarms: components["schemas"]["WritePostmortemReplyIncidentAlarmsItem"][];
            updates: components["schemas"]["WritePostmortemReplyIncidentUpdatesItem"][];
            postmortem: components["schemas"]["WritePostmortemReplyIncidentPostmortemOption1"] | null;
            merged: string[];
            version: string;
        };
        WritePostmortemReply: {
            /** @constant */
            ok: true;
            incident: components["schemas"]["WritePostmortemReplyIncident"];
        };
        ListNoticesReplyNoticesItem: {
            incident: string;
            update: string;
            subscription: string;
            /** @enum {string} */
            kind: "email" | "webhook";
            target: string;
            /** @enum {string} */
            state: "waiting" | "delivered" | "dead" | "skipped";
            attempts: number;
            error: string | null;
            /** Format: date-time */
            created_at: string;
            tried_at: string | null;
            next_attempt_at: string | null;
        };
        ListNoticesReply: {
            notices: components["schemas"]["ListNoticesReplyNoticesItem"][];
            next: string | null;
        };
        ReplayNoticesInput: {
            update?: string;
            subscription?: string;
        };
        ReplayNoticesReply: {
            /** @constant */
            ok: true;
            replayed: number;
            complete: boolean;
        };
        RequestSubscriptionInput: {
            email?: string;
            webhook?: string;
            components?: string[] | string;
            regions?: string[] | string;
        };
        RequestSubscriptionReply: {
            /** @constant */
            ok: true;
            message: string;
            id?: string;
            signing_secret?: string;
            token?: string;
        };
        ShowConfirmationReply: {
            /** @constant */
            ok: true;
            /** @enum {string} */
            kind: "email" | "webhook";
            components: ("connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management")[];
            regions: string[];
            active: boolean;
        };
        ConfirmSubscriptionInput: {
            token: string;
        };
        ConfirmSubscriptionReply: {
            /** @constant */
            ok: true;
        };
        ShowUnsubscriptionReply: {
            /** @constant */
            ok: true;
            /** @enum {string} */
            kind: "email" | "webhook";
            components: ("connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management")[];
            regions: string[];
            active: boolean;
        };
        UnsubscribeInput: {
            token: string;
            /** @constant */
            "List-Unsubscribe"?: "One-Click";
        };
        UnsubscribeReply: {
            /** @constant */
            ok: true;
        };
        ListContactsReplyContactsItem: {
            id: string;
            /** @enum {string} */
            kind: "email" | "webhook";
            target: string;
            components: ("connectivity" | "events" | "integrations" | "calls" | "streams" | "api" | "management")[];
            regions: string[];
            /** Format: date-time */
            confirmed_at: string;
        };
        ListContactsReply: {
            contacts: components["schemas"]["ListContactsReplyContactsItem"][];
        };
        AddContactInput: {
            email?: string;
            webhook?: string;
            components?: string[] | string;
            regions?: string[] | string;
        };
        AddContactReply: {
            /** @constant */
            ok: true;
            message: string;
            id?: string;
            signing_secret?: string;
            token?: string;
        };
        RemoveContactReply: {
            /** @constant */
            ok: true;
        };
    };
    responses: {
        /** @description The API failed, is busy (`unavailable`), or the request timed out (`timeout`). */
        ServerError: {
            headers: {
                /** @description Seconds after which a repeat may succeed. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `invalid_request` */
        "Error400-invalid_request": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `too_large` */
        "Error413-too_large": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `too_many_requests` */
        "Error429-too_many_requests": {
            headers: {
                /** @description Seconds after which a repeat may succeed. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `unavailable` */
        "Error503-unavailable": {
            headers: {
                /** @description Seconds after which a repeat may succeed. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `already_exists` */
        "Error409-already_exists": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `refused` */
        "Error403-refused": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `cross_origin` or `unauthorized` */
        "Error403-cross_origin-unauthorized": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `invalid_token` */
        "Error401-invalid_token": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `already_exists` or `conflict` */
        "Error409-already_exists-conflict": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `cross_origin` or `invalid_csrf_token` or `refused` or `unauthorized` */
        "Error403-cross_origin-invalid_csrf_token-refused-unauthorized": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `invalid_grant` or `invalid_request` */
        "Error400-invalid_grant-invalid_request": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `not_found` */
        "Error404-not_found": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `conflict` or `needs_confirmation` */
        "Error409-conflict-needs_confirmation": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `cross_origin` or `invalid_csrf_token` or `unauthorized` */
        "Error403-cross_origin-invalid_csrf_token-unauthorized": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `conflict` */
        "Error409-conflict": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `invalid_client` or `invalid_grant` or `invalid_request` or `unauthorized_client` or `unsupported_grant_type` */
        "Error400-invalid_client-invalid_grant-invalid_request-unauthorized_client-unsupported_grant_type": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `mfa_required` */
        "Error403-mfa_required": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `cross_origin` or `mfa_required` */
        "Error403-cross_origin-mfa_required": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `cross_origin` or `invalid_csrf_token` */
        "Error403-cross_origin-invalid_csrf_token": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `cross_origin` */
        "Error403-cross_origin": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `limit_reached` */
        "Error409-limit_reached": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `already_exists` or `conflict` or `limit_reached` */
        "Error409-already_exists-conflict-limit_reached": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `precondition_failed` */
        "Error412-precondition_failed": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `already_exists` or `conflict` or `limit_reached` or `needs_confirmation` */
        "Error409-already_exists-conflict-limit_reached-needs_confirmation": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `cross_origin` or `device_not_claimable` or `invalid_csrf_token` or `unauthorized` */
        "Error403-cross_origin-device_not_claimable-invalid_csrf_token-unauthorized": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `device_offline` or `device_timeout` */
        "Error408-device_offline-device_timeout": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `already_exists` or `limit_reached` */
        "Error409-already_exists-limit_reached": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `conflict` or `limit_reached` */
        "Error409-conflict-limit_reached": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `conflict` or `limit_reached` or `needs_confirmation` */
        "Error409-conflict-limit_reached-needs_confirmation": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `cross_origin` or `device_not_callable` or `invalid_csrf_token` or `unauthorized` */
        "Error403-cross_origin-device_not_callable-invalid_csrf_token-unauthorized": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `device_error` or `invalid_request` */
        "Error400-device_error-invalid_request": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `no_such_function` or `not_found` */
        "Error404-no_such_function-not_found": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `cross_origin` or `device_not_callable` or `unauthorized` */
        "Error403-cross_origin-device_not_callable-unauthorized": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `no_such_variable` or `not_found` */
        "Error404-no_such_variable-not_found": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `unauthorized` */
        "Error403-unauthorized": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `conflict` or `integration_disabled` or `limit_reached` */
        "Error409-conflict-integration_disabled-limit_reached": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "region": "us-east-1"
                     *     }
                     */
                    "application/json": components["schemas"]["HealthReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    receiveCanary: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "nonce": "0a1b2c3d"
                 *     }
                 */
                "application/json": components["schemas"]["ReceiveCanaryInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "nonce": "0a1b2c3d",
                     *       "region": "us-east-1"
                     *     }
                     */
                    "application/json": components["schemas"]["ReceiveCanaryReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showOpenApi: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the document that the client has: the reply is then 304. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-None-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "openapi": "3.1.0",
                     *       "info": {
                     *         "title": "Godwit",
                     *         "version": "1.0.0"
                     *       },
                     *       "paths": {}
                     *     }
                     */
                    "application/json": components["schemas"]["ShowOpenApiReply"];
                };
            };
            /** @description The client has the document. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showAsyncApi: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the document that the client has: the reply is then 304. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-None-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "asyncapi": "3.0.0",
                     *       "info": {
                     *         "title": "Godwit",
                     *         "version": "1.0.0"
                     *       },
                     *       "channels": {}
                     *     }
                     */
                    "application/json": components["schemas"]["ShowAsyncApiReply"];
                };
            };
            /** @description The client has the document. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    signUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "username": "ada@example.com",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/json": components["schemas"]["SignUpInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["SignUpReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            403: components["responses"]["Error403-refused"];
            409: components["responses"]["Error409-already_exists"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "username": "ada@example.com",
                     *       "tos": 0,
                     *       "account_info": {
                     *         "first_name": "Ada",
                     *         "last_name": "Lovelace"
                     *       },
                     *       "mfa": {
                     *         "enabled": false
                     *       },
                     *       "memberships": [],
                     *       "scim_provisioned": false,
                     *       "no_password": false,
                     *       "wifi_device_count": 0,
                     *       "cellular_device_count": 0
                     *     }
                     */
                    "application/json": components["schemas"]["ShowUserReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    changeUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "account_info": {
                 *         "first_name": "Ada",
                 *         "last_name": "Lovelace"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ChangeUserInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "username": "ada@example.com",
                     *       "tos": 0,
                     *       "account_info": {
                     *         "first_name": "Ada",
                     *         "last_name": "Lovelace"
                     *       },
                     *       "mfa": {
                     *         "enabled": false
                     *       },
                     *       "memberships": [],
                     *       "scim_provisioned": false,
                     *       "no_password": false,
                     *       "wifi_device_count": 0,
                     *       "cellular_device_count": 0
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeUserReply"];
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-refused-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/json": components["schemas"]["RemoveUserInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RemoveUserReply"];
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict-needs_confirmation"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "c4f3a1d2",
                 *       "password": "a new long password"
                 *     }
                 */
                "application/json": components["schemas"]["ResetPasswordInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["ResetPasswordReply"];
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    requestReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "username": "ada@example.com"
                 *     }
                 */
                "application/json": components["schemas"]["RequestResetInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RequestResetReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            403: components["responses"]["Error403-refused"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    confirmAddress: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "c4f3a1d2"
                 *     }
                 */
                "application/json": components["schemas"]["ConfirmAddressInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "username": "ada@example.com"
                     *     }
                     */
                    "application/json": components["schemas"]["ConfirmAddressReply"];
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            409: components["responses"]["Error409-already_exists-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    startMfa: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "mfa_token": "6c1b0e2f",
                     *       "qr_url": "otpauth://totp/Godwit:ada%40example.com?secret=JBSWY3DPEHPK3PXP",
                     *       "secret": "JBSWY3DPEHPK3PXP"
                     *     }
                     */
                    "application/json": components["schemas"]["StartMfaReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    confirmMfa: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "mfa_token": "6c1b0e2f",
                 *       "otp": "123456"
                 *     }
                 */
                "application/json": components["schemas"]["ConfirmMfaInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "enrolled": true,
                     *       "tokens": [],
                     *       "recovery_codes": [
                     *         "7ad2-93fc-10be"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ConfirmMfaReply"];
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    disableMfa: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "current_password": "correct horse battery"
                 *     }
                 */
                "application/json": components["schemas"]["DisableMfaInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["DisableMfaReply"];
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    logIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "grant_type": "password",
                 *       "username": "ada@example.com",
                 *       "password": "correct horse battery",
                 *       "client_id": "particle",
                 *       "client_secret": "particle"
                 *     }
                 */
                "application/json": components["schemas"]["LogInInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "token_type": "bearer",
                     *       "access_token": "254406f79c1999af65a7df4388971354f85cfee9",
                     *       "expires_in": 7776000,
                     *       "refresh_token": "b5b901e8760164e134199bc2c3dd1d228acf2d90"
                     *     }
                     */
                    "application/json": components["schemas"]["LogInReply"];
                };
            };
            400: components["responses"]["Error400-invalid_client-invalid_grant-invalid_request-unauthorized_client-unsupported_grant_type"];
            403: components["responses"]["Error403-mfa_required"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "token": "9f86d081884c",
                     *         "id": "9f86d081884c",
                     *         "expires_at": "2026-03-01T00:00:00.000Z",
                     *         "client": "particle",
                     *         "created_at": "2025-12-01T00:00:00.000Z"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["ListTokensReply"];
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-mfa_required"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    tokenRevocation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["TokenRevocationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showCurrentToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "expires_at": null,
                     *       "client": "particle",
                     *       "client_id": "particle",
                     *       "scopes": [],
                     *       "orgs": []
                     *     }
                     */
                    "application/json": components["schemas"]["ShowCurrentTokenReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    revokeCurrentToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RevokeCurrentTokenReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 254406f79c1999af65a7df4388971354f85cfee9 */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RevokeTokenReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "signed_in": true,
                     *       "username": "ada@example.com",
                     *       "expires_at": "2026-03-01T00:00:00.000Z",
                     *       "csrf_token": "2u1mmgHbtJjhM2kUQe2F3hHcRzxzXr2E0yCqXEo9X2k",
                     *       "operator": false
                     *     }
                     */
                    "application/json": components["schemas"]["ShowSessionReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "username": "ada@example.com",
                 *       "password": "correct horse battery"
                 *     }
                 */
                "application/json": components["schemas"]["SignInInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "signed_in": true,
                     *       "username": "ada@example.com",
                     *       "expires_at": "2026-03-01T00:00:00.000Z",
                     *       "csrf_token": "2u1mmgHbtJjhM2kUQe2F3hHcRzxzXr2E0yCqXEo9X2k",
                     *       "operator": false
                     *     }
                     */
                    "application/json": components["schemas"]["SignInReply"];
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            403: components["responses"]["Error403-cross_origin-mfa_required"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["SignOutReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    redeemSessionLink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "3f1c5b0e9a77d24c8e6f0a1b2c3d4e5f60718293a4b5c6d7e8f9010203040506"
                 *     }
                 */
                "application/json": components["schemas"]["RedeemSessionLinkInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "signed_in": true,
                     *       "username": "ada@example.com",
                     *       "expires_at": "2026-03-01T00:00:00.000Z",
                     *       "csrf_token": "2u1mmgHbtJjhM2kUQe2F3hHcRzxzXr2E0yCqXEo9X2k",
                     *       "operator": false
                     *     }
                     */
                    "application/json": components["schemas"]["RedeemSessionLinkReply"];
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            403: components["responses"]["Error403-cross_origin"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    signOutEverywhere: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["SignOutEverywhereReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listClients: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "clients": [
                     *         {
                     *           "name": "Dashboard",
                     *           "type": "installed",
                     *           "id": "dashboard-4f1a2b3c4d5e",
                     *           "scope": "devices:list events:get"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListClientsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createClient: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Dashboard",
                 *       "type": "installed",
                 *       "scope": "devices:list events:get"
                 *     }
                 */
                "application/json": components["schemas"]["CreateClientInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "client": {
                     *         "name": "Dashboard",
                     *         "type": "installed",
                     *         "id": "dashboard-4f1a2b3c4d5e",
                     *         "scope": "devices:list events:get",
                     *         "secret": "d6e5c1b2a39f8e7d6c5b4a3f2e1d0c9b8a7f6e5d"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CreateClientReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listClientsForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "clients": [
                     *         {
                     *           "name": "Dashboard",
                     *           "type": "installed",
                     *           "id": "dashboard-4f1a2b3c4d5e",
                     *           "scope": "devices:list events:get"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListClientsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createClientForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Dashboard",
                 *       "type": "installed",
                 *       "scope": "devices:list events:get"
                 *     }
                 */
                "application/json": components["schemas"]["CreateClientInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "client": {
                     *         "name": "Dashboard",
                     *         "type": "installed",
                     *         "id": "dashboard-4f1a2b3c4d5e",
                     *         "scope": "devices:list events:get",
                     *         "secret": "d6e5c1b2a39f8e7d6c5b4a3f2e1d0c9b8a7f6e5d"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CreateClientReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    updateClient: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example dashboard-4f1a2b3c4d5e */
                client: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "name": "Dashboard"
                 *     }
                 */
                "application/json": components["schemas"]["UpdateClientInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "client": {
                     *         "name": "Dashboard",
                     *         "type": "installed",
                     *         "id": "dashboard-4f1a2b3c4d5e",
                     *         "scope": "devices:list events:get"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["UpdateClientReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeClient: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example dashboard-4f1a2b3c4d5e */
                client: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    updateClientForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example dashboard-4f1a2b3c4d5e */
                client: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "name": "Dashboard"
                 *     }
                 */
                "application/json": components["schemas"]["UpdateClientInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "client": {
                     *         "name": "Dashboard",
                     *         "type": "installed",
                     *         "id": "dashboard-4f1a2b3c4d5e",
                     *         "scope": "devices:list events:get"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["UpdateClientReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeClientForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example dashboard-4f1a2b3c4d5e */
                client: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                since?: string | number;
                until?: string | number;
                actor?: string;
                /** @example integration */
                action?: string;
                subject?: string;
                /** @example 1 */
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "entries": [
                     *         {
                     *           "id": "8f14e45fceea167a5a",
                     *           "at": "2026-01-31T12:00:00.000Z",
                     *           "actor": {
                     *             "kind": "user",
                     *             "name": "ada@example.com",
                     *             "token_id": "9f86d081884c"
                     *           },
                     *           "action": "integration.update",
                     *           "subject": {
                     *             "kind": "integration",
                     *             "id": "3b0fd0bc-1c1f-4a79-8e1c-8f2f7c1b4a5d"
                     *           },
                     *           "outcome": "done",
                     *           "fields": [
                     *             "url"
                     *           ],
                     *           "before": {
                     *             "url": "https://example.com/old"
                     *           },
                     *           "after": {
                     *             "url": "https://example.com/new"
                     *           },
                     *           "origin": {
                     *             "address": "192.0.2.1",
                     *             "user_agent": "curl/8.5.0"
                     *           },
                     *           "request_id": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
                     *         }
                     *       ],
                     *       "cursor": "WyJhIiwiMDAxNzM1Nzg3MDQ1Njc4IzhmMTQiXQ"
                     *     }
                     */
                    "application/json": components["schemas"]["ListAuditReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listAuditForProduct: {
        parameters: {
            query?: {
                since?: string | number;
                until?: string | number;
                actor?: string;
                /** @example integration */
                action?: string;
                subject?: string;
                /** @example 1 */
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "entries": [
                     *         {
                     *           "id": "8f14e45fceea167a5a",
                     *           "at": "2026-01-31T12:00:00.000Z",
                     *           "actor": {
                     *             "kind": "user",
                     *             "name": "ada@example.com",
                     *             "token_id": "9f86d081884c"
                     *           },
                     *           "action": "integration.update",
                     *           "subject": {
                     *             "kind": "integration",
                     *             "id": "3b0fd0bc-1c1f-4a79-8e1c-8f2f7c1b4a5d"
                     *           },
                     *           "outcome": "done",
                     *           "fields": [
                     *             "url"
                     *           ],
                     *           "before": {
                     *             "url": "https://example.com/old"
                     *           },
                     *           "after": {
                     *             "url": "https://example.com/new"
                     *           },
                     *           "origin": {
                     *             "address": "192.0.2.1",
                     *             "user_agent": "curl/8.5.0"
                     *           },
                     *           "request_id": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
                     *         }
                     *       ],
                     *       "cursor": "WyJhIiwiMDAxNzM1Nzg3MDQ1Njc4IzhmMTQiXQ"
                     *     }
                     */
                    "application/json": components["schemas"]["ListAuditReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listOrganizations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "organizations": []
                     *     }
                     */
                    "application/json": components["schemas"]["ListOrganizationsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listProducts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "products": [
                     *         {
                     *           "id": 123456789,
                     *           "platform_id": 13,
                     *           "name": "Thermostat",
                     *           "slug": "thermostat-123456789",
                     *           "description": "Measures the temperature of a room",
                     *           "user": "ada@example.com",
                     *           "org": null,
                     *           "groups": [],
                     *           "settings": {},
                     *           "device_protection": "disabled",
                     *           "role": "owner"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListProductsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createProduct: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Thermostat",
                 *       "platform_id": 13
                 *     }
                 */
                "application/json": components["schemas"]["CreateProductInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "product": {
                     *         "id": 123456789,
                     *         "platform_id": 13,
                     *         "name": "Thermostat",
                     *         "slug": "thermostat-123456789",
                     *         "description": "Measures the temperature of a room",
                     *         "user": "ada@example.com",
                     *         "org": null,
                     *         "groups": [],
                     *         "settings": {},
                     *         "device_protection": "disabled",
                     *         "role": "owner"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CreateProductReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-conflict-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listProductsAlias: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "products": [
                     *         {
                     *           "id": 123456789,
                     *           "platform_id": 13,
                     *           "name": "Thermostat",
                     *           "slug": "thermostat-123456789",
                     *           "description": "Measures the temperature of a room",
                     *           "user": "ada@example.com",
                     *           "org": null,
                     *           "groups": [],
                     *           "settings": {},
                     *           "device_protection": "disabled",
                     *           "role": "owner"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListProductsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createProductAlias: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Thermostat",
                 *       "platform_id": 13
                 *     }
                 */
                "application/json": components["schemas"]["CreateProductInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "product": {
                     *         "id": 123456789,
                     *         "platform_id": 13,
                     *         "name": "Thermostat",
                     *         "slug": "thermostat-123456789",
                     *         "description": "Measures the temperature of a room",
                     *         "user": "ada@example.com",
                     *         "org": null,
                     *         "groups": [],
                     *         "settings": {},
                     *         "device_protection": "disabled",
                     *         "role": "owner"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CreateProductReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-conflict-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "product": {
                     *         "id": 123456789,
                     *         "platform_id": 13,
                     *         "name": "Thermostat",
                     *         "slug": "thermostat-123456789",
                     *         "description": "Measures the temperature of a room",
                     *         "user": "ada@example.com",
                     *         "org": null,
                     *         "groups": [],
                     *         "settings": {},
                     *         "device_protection": "disabled",
                     *         "role": "owner"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowProductReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    changeProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "name": "Thermostat"
                 *     }
                 */
                "application/json": components["schemas"]["ChangeProductInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "product": {
                     *         "id": 123456789,
                     *         "platform_id": 13,
                     *         "name": "Thermostat",
                     *         "slug": "thermostat-123456789",
                     *         "description": "Measures the temperature of a room",
                     *         "user": "ada@example.com",
                     *         "org": null,
                     *         "groups": [],
                     *         "settings": {},
                     *         "device_protection": "disabled",
                     *         "role": "owner"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeProductReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeProduct: {
        parameters: {
            query?: {
                /** @example true */
                plan?: boolean;
                confirm?: number | string;
                release_devices?: boolean;
            };
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "plan": {
                     *         "devices": 2,
                     *         "integrations": 1,
                     *         "dead_letters": 0,
                     *         "counted_at_most": 1000,
                     *         "api_users": 1,
                     *         "clients": 0,
                     *         "members": 3,
                     *         "invitations": 0,
                     *         "claim_certificates": 0,
                     *         "firmware_versions": 0
                     *       },
                     *       "confirm": "thermostat-123456789"
                     *     }
                     */
                    "application/json": components["schemas"]["RemoveProductReply"];
                };
            };
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RemoveProductReply202"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict-needs_confirmation"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showTeam: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "team": [
                     *         {
                     *           "username": "ada@example.com",
                     *           "is_programmatic": false,
                     *           "role": "owner",
                     *           "product_id": 123456789,
                     *           "since": "2026-01-01T00:00:00.000Z"
                     *         },
                     *         {
                     *           "username": "reports+0a1b2c3d4e@api.godwit",
                     *           "friendly_name": "Reports",
                     *           "is_programmatic": true,
                     *           "scopes": [
                     *             "devices:list"
                     *           ],
                     *           "product_id": 123456789
                     *         }
                     *       ],
                     *       "invitations": [
                     *         {
                     *           "id": "123456789-0a1b2c3d4e5f",
                     *           "username": "grace@example.com",
                     *           "role": "developer",
                     *           "invited_by": "ada@example.com",
                     *           "created_at": "2026-01-01T00:00:00.000Z",
                     *           "expires_at": "2026-01-15T00:00:00.000Z"
                     *         }
                     *       ],
                     *       "transfer": null
                     *     }
                     */
                    "application/json": components["schemas"]["ShowTeamReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    addMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "username": "grace@example.com",
                 *       "role": "developer"
                 *     }
                 */
                "application/json": components["schemas"]["AddMemberInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "invitation": {
                     *         "id": "123456789-0a1b2c3d4e5f",
                     *         "username": "grace@example.com",
                     *         "role": "developer",
                     *         "invited_by": "ada@example.com",
                     *         "created_at": "2026-01-01T00:00:00.000Z",
                     *         "expires_at": "2026-01-15T00:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["AddMemberReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-conflict-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    changeMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example grace@example.com */
                username: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "role": "support"
                 *     }
                 */
                "application/json": components["schemas"]["ChangeMemberInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "updated": {
                     *         "username": "grace@example.com",
                     *         "role": "support"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeMemberReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-refused-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example grace@example.com */
                username: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-refused-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    renewApiUserToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example reports+0a1b2c3d4e@api.godwit */
                username: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "created": {
                     *         "username": "reports+0a1b2c3d4e@api.godwit",
                     *         "friendly_name": "Reports",
                     *         "is_programmatic": true,
                     *         "scopes": [
                     *           "devices:list"
                     *         ],
                     *         "product_id": 123456789,
                     *         "tokens": [
                     *           {
                     *             "token": "254406f79c1999af65a7df4388971354f85cfee9"
                     *           }
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RenewApiUserTokenReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    offerProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "username": "grace@example.com",
                 *       "plan": true
                 *     }
                 */
                "application/json": components["schemas"]["OfferProductInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "plan": {
                     *         "from": "ada@example.com",
                     *         "to": "grace@example.com",
                     *         "roles": {
                     *           "ada@example.com": "administrator",
                     *           "grace@example.com": "owner"
                     *         },
                     *         "devices": 2,
                     *         "integrations": 1,
                     *         "dead_letters": 0,
                     *         "counted_at_most": 1000,
                     *         "api_users": 1,
                     *         "clients": 0,
                     *         "members": 3,
                     *         "invitations": 0,
                     *         "claim_certificates": 0,
                     *         "firmware_versions": 0
                     *       },
                     *       "confirm": "thermostat-123456789"
                     *     }
                     */
                    "application/json": components["schemas"]["OfferProductReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-refused-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-conflict-limit_reached-needs_confirmation"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    withdrawOffer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listOffers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "transfers": [
                     *         {
                     *           "id": "123456789-5f4e3d2c1b0a",
                     *           "username": "grace@example.com",
                     *           "offered_by": "ada@example.com",
                     *           "created_at": "2026-01-01T00:00:00.000Z",
                     *           "expires_at": "2026-01-15T00:00:00.000Z",
                     *           "product": {
                     *             "id": 123456789,
                     *             "name": "Thermostat",
                     *             "slug": "thermostat-123456789"
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListOffersReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    acceptOffer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 123456789-5f4e3d2c1b0a */
                transfer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "product": {
                     *         "id": 123456789,
                     *         "platform_id": 13,
                     *         "name": "Thermostat",
                     *         "slug": "thermostat-123456789",
                     *         "description": "Measures the temperature of a room",
                     *         "user": "ada@example.com",
                     *         "org": null,
                     *         "groups": [],
                     *         "settings": {},
                     *         "device_protection": "disabled",
                     *         "role": "owner"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptOfferReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-conflict-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    declineOffer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 123456789-5f4e3d2c1b0a */
                transfer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listInvitations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "invitations": [
                     *         {
                     *           "id": "123456789-0a1b2c3d4e5f",
                     *           "username": "grace@example.com",
                     *           "role": "developer",
                     *           "invited_by": "ada@example.com",
                     *           "created_at": "2026-01-01T00:00:00.000Z",
                     *           "expires_at": "2026-01-15T00:00:00.000Z",
                     *           "product": {
                     *             "id": 123456789,
                     *             "name": "Thermostat",
                     *             "slug": "thermostat-123456789"
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListInvitationsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 123456789-0a1b2c3d4e5f */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "product": {
                     *         "id": 123456789,
                     *         "platform_id": 13,
                     *         "name": "Thermostat",
                     *         "slug": "thermostat-123456789",
                     *         "description": "Measures the temperature of a room",
                     *         "user": "ada@example.com",
                     *         "org": null,
                     *         "groups": [],
                     *         "settings": {},
                     *         "device_protection": "disabled",
                     *         "role": "developer"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptInvitationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    declineInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 123456789-0a1b2c3d4e5f */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listDevices: {
        parameters: {
            query?: {
                deviceId?: string;
                deviceName?: string;
                serialNumber?: string;
                groups?: string;
                online?: boolean;
                firmware?: string;
                sortAttr?: "deviceName" | "deviceId" | "firmwareVersion" | "lastConnection";
                sortDir?: "asc" | "desc";
                page?: number;
                per_page?: number;
                perPage?: number;
                limit?: number;
                cursor?: string;
                search?: string;
                sort?: "name" | "last_heard" | "created";
                order?: "asc" | "desc";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "0123456789abcdef01234567",
                     *         "name": "lamp",
                     *         "owner": "ada@example.com",
                     *         "connected": true,
                     *         "online": true,
                     *         "last_heard": "2026-01-01T00:00:00.000Z",
                     *         "last_handshake_at": "2026-01-01T00:00:00.000Z",
                     *         "last_ip_address": "192.0.2.1",
                     *         "last_app": null,
                     *         "product_id": null,
                     *         "platform_id": null,
                     *         "cellular": false,
                     *         "notes": null,
                     *         "status": "normal",
                     *         "quarantined": false,
                     *         "serial_number": null,
                     *         "iccid": null,
                     *         "imei": null,
                     *         "mac_wifi": null,
                     *         "mobile_secret": null,
                     *         "system_firmware_version": null,
                     *         "firmware": "7",
                     *         "firmware_version": 7,
                     *         "firmware_updates_enabled": null,
                     *         "firmware_updates_forced": null
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["ListDevicesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    addDevice: {
        parameters: {
            query?: never;
            header?: {
                /** @description A key of the client. A repeat with the same key has no second effect. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "provision": true,
                 *       "name": "lamp"
                 *     }
                 */
                "application/json": components["schemas"]["AddDeviceInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0123456789abcdef01234567",
                     *       "device_id": "0123456789abcdef01234567",
                     *       "name": "lamp",
                     *       "fleet": "f0a1b2c3d4e5f6a7b",
                     *       "product_id": null,
                     *       "certificate": "-----BEGIN CERTIFICATE-----\n…",
                     *       "private_key": "-----BEGIN RSA PRIVATE KEY-----\n…",
                     *       "ca": "-----BEGIN CERTIFICATE-----\n…",
                     *       "endpoints": [
                     *         {
                     *           "region": "us-east-1",
                     *           "mqtt": "mqtts://example-ats.iot.us-east-1.amazonaws.com"
                     *         }
                     *       ],
                     *       "certificate_issued_at": "2026-01-01T00:00:00.000Z",
                     *       "certificate_expires_at": null
                     *     }
                     */
                    "application/json": components["schemas"]["AddDeviceReply"];
                };
            };
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddDeviceReply201"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-device_not_claimable-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-conflict-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listProductDevices: {
        parameters: {
            query?: {
                deviceId?: string;
                deviceName?: string;
                serialNumber?: string;
                groups?: string;
                online?: boolean;
                firmware?: string;
                sortAttr?: "deviceName" | "deviceId" | "firmwareVersion" | "lastConnection";
                sortDir?: "asc" | "desc";
                /** @example 1 */
                page?: number;
                /** @example 25 */
                per_page?: number;
                perPage?: number;
                limit?: number;
                cursor?: string;
                search?: string;
                sort?: "name" | "last_heard" | "created";
                order?: "asc" | "desc";
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "devices": [
                     *         {
                     *           "id": "0123456789abcdef01234567",
                     *           "name": "lamp",
                     *           "owner": "ada@example.com",
                     *           "connected": true,
                     *           "online": true,
                     *           "last_heard": "2026-01-01T00:00:00.000Z",
                     *           "last_handshake_at": "2026-01-01T00:00:00.000Z",
                     *           "last_ip_address": "192.0.2.1",
                     *           "last_app": null,
                     *           "product_id": 123456789,
                     *           "platform_id": null,
                     *           "cellular": false,
                     *           "notes": null,
                     *           "status": "normal",
                     *           "quarantined": false,
                     *           "serial_number": null,
                     *           "iccid": null,
                     *           "imei": null,
                     *           "mac_wifi": null,
                     *           "mobile_secret": null,
                     *           "system_firmware_version": null,
                     *           "firmware": "7",
                     *           "firmware_version": 7,
                     *           "firmware_updates_enabled": null,
                     *           "firmware_updates_forced": null,
                     *           "firmware_product_id": 123456789,
                     *           "groups": [],
                     *           "desired_firmware_version": null,
                     *           "targeted_firmware_release_version": null,
                     *           "development": false,
                     *           "denied": false
                     *         }
                     *       ],
                     *       "customers": [],
                     *       "meta": {
                     *         "total_pages": 1
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ListProductDevicesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    assignGroups: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "action": "groups",
                 *       "devices": [
                 *         "0123456789abcdef01234567"
                 *       ],
                 *       "metadata": {
                 *         "add": [
                 *           "beta"
                 *         ],
                 *         "remove": []
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["AssignGroupsInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "devices": 1,
                     *       "added": [
                     *         "beta"
                     *       ],
                     *       "removed": []
                     *     }
                     */
                    "application/json": components["schemas"]["AssignGroupsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    addProductDevices: {
        parameters: {
            query?: never;
            header?: {
                /** @description A key of the client. A repeat with the same key has no second effect. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "ids": [
                 *         "0123456789abcdef01234567"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["AddProductDevicesInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "updated": 1,
                     *       "updatedDeviceIds": [
                     *         "0123456789abcdef01234567"
                     *       ],
                     *       "existingDeviceIds": [],
                     *       "nonmemberDeviceIds": [],
                     *       "invalidDeviceIds": []
                     *     }
                     */
                    "application/json": components["schemas"]["AddProductDevicesReply"];
                };
            };
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddProductDevicesReply201"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-conflict-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0123456789abcdef01234567",
                     *       "name": "lamp",
                     *       "owner": "ada@example.com",
                     *       "connected": true,
                     *       "online": true,
                     *       "last_heard": "2026-01-01T00:00:00.000Z",
                     *       "last_handshake_at": "2026-01-01T00:00:00.000Z",
                     *       "last_ip_address": "192.0.2.1",
                     *       "last_app": null,
                     *       "product_id": null,
                     *       "platform_id": null,
                     *       "cellular": false,
                     *       "notes": null,
                     *       "status": "normal",
                     *       "quarantined": false,
                     *       "serial_number": null,
                     *       "iccid": null,
                     *       "imei": null,
                     *       "mac_wifi": null,
                     *       "mobile_secret": null,
                     *       "system_firmware_version": null,
                     *       "firmware": "7",
                     *       "firmware_version": 7,
                     *       "firmware_updates_enabled": null,
                     *       "firmware_updates_forced": null,
                     *       "functions": [
                     *         "led"
                     *       ],
                     *       "variables": {
                     *         "temperature": "double"
                     *       },
                     *       "certificate": {
                     *         "status": "active",
                     *         "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "issued_at": "2026-01-01T00:00:00.000Z",
                     *         "expires_at": null,
                     *         "next": null,
                     *         "revoked_at": null,
                     *         "quarantined_at": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowDeviceReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    changeDevice: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "name": "lamp"
                 *     }
                 */
                "application/json": components["schemas"]["ChangeDeviceInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0123456789abcdef01234567",
                     *       "name": "lamp",
                     *       "updated_at": "2026-01-01T00:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeDeviceReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            408: components["responses"]["Error408-device_offline-device_timeout"];
            409: components["responses"]["Error409-already_exists-conflict-limit_reached"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeDevice: {
        parameters: {
            query?: {
                keep_certificate?: boolean;
            };
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RemoveDeviceReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showProductDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0123456789abcdef01234567",
                     *       "name": "lamp",
                     *       "owner": "ada@example.com",
                     *       "connected": true,
                     *       "online": true,
                     *       "last_heard": "2026-01-01T00:00:00.000Z",
                     *       "last_handshake_at": "2026-01-01T00:00:00.000Z",
                     *       "last_ip_address": "192.0.2.1",
                     *       "last_app": null,
                     *       "product_id": 123456789,
                     *       "platform_id": null,
                     *       "cellular": false,
                     *       "notes": null,
                     *       "status": "normal",
                     *       "quarantined": false,
                     *       "serial_number": null,
                     *       "iccid": null,
                     *       "imei": null,
                     *       "mac_wifi": null,
                     *       "mobile_secret": null,
                     *       "system_firmware_version": null,
                     *       "firmware": "7",
                     *       "firmware_version": 7,
                     *       "firmware_updates_enabled": null,
                     *       "firmware_updates_forced": null,
                     *       "firmware_product_id": 123456789,
                     *       "groups": [],
                     *       "desired_firmware_version": null,
                     *       "targeted_firmware_release_version": null,
                     *       "development": false,
                     *       "denied": false,
                     *       "functions": [
                     *         "led"
                     *       ],
                     *       "variables": {
                     *         "temperature": "double"
                     *       },
                     *       "certificate": {
                     *         "status": "active",
                     *         "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "issued_at": "2026-01-01T00:00:00.000Z",
                     *         "expires_at": null,
                     *         "next": null,
                     *         "revoked_at": null,
                     *         "quarantined_at": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowProductDeviceReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    changeDeviceForProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "name": "lamp"
                 *     }
                 */
                "application/json": components["schemas"]["ChangeDeviceInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0123456789abcdef01234567",
                     *       "name": "lamp",
                     *       "updated_at": "2026-01-01T00:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeDeviceReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            408: components["responses"]["Error408-device_offline-device_timeout"];
            409: components["responses"]["Error409-already_exists-conflict-limit_reached"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeProductDevice: {
        parameters: {
            query?: {
                deny?: boolean;
            };
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    pingDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "online": true
                     *     }
                     */
                    "application/json": components["schemas"]["PingDeviceReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            408: components["responses"]["Error408-device_offline-device_timeout"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    pingDeviceForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "online": true
                     *     }
                     */
                    "application/json": components["schemas"]["PingDeviceReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            408: components["responses"]["Error408-device_offline-device_timeout"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listDeviceRecoveries: {
        parameters: {
            query?: {
                limit?: number;
                after?: string;
            };
            header?: never;
            path: {
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "recoveries": [
                     *         {
                     *           "id": "0123456789abcdef01234567",
                     *           "region": "us-east-1",
                     *           "issue": "session_lost",
                     *           "at": "2026-01-01T00:00:00.000Z"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ListDeviceRecoveriesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listDeviceRecoveriesForProduct: {
        parameters: {
            query?: {
                limit?: number;
                after?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "recoveries": [
                     *         {
                     *           "id": "0123456789abcdef01234567",
                     *           "region": "us-east-1",
                     *           "issue": "session_lost",
                     *           "at": "2026-01-01T00:00:00.000Z"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ListDeviceRecoveriesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listRecoveries: {
        parameters: {
            query?: {
                /** @example 10 */
                limit?: number;
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "recoveries": [
                     *         {
                     *           "id": "0123456789abcdef01234567",
                     *           "region": "us-east-1",
                     *           "issue": "session_lost",
                     *           "at": "2026-01-01T00:00:00.000Z"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ListRecoveriesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listRecoveriesForProduct: {
        parameters: {
            query?: {
                /** @example 10 */
                limit?: number;
                after?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "recoveries": [
                     *         {
                     *           "id": "0123456789abcdef01234567",
                     *           "region": "us-east-1",
                     *           "issue": "session_lost",
                     *           "at": "2026-01-01T00:00:00.000Z"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ListRecoveriesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listPresence: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                since?: string | number;
                until?: string | number;
            };
            header?: never;
            path: {
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "changes": [
                     *         {
                     *           "at": "2026-01-01T00:00:00.000Z",
                     *           "online": false,
                     *           "reason": "CONNECTION_LOST",
                     *           "region": "us-east-1"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListPresenceReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listPresenceForProduct: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                since?: string | number;
                until?: string | number;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "changes": [
                     *         {
                     *           "at": "2026-01-01T00:00:00.000Z",
                     *           "online": false,
                     *           "reason": "CONNECTION_LOST",
                     *           "region": "us-east-1"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListPresenceReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showHeartbeat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "region": "us-east-1",
                     *       "first_heard": "2026-01-01T00:00:00.000Z",
                     *       "last_heard": "2026-01-31T12:00:00.000Z",
                     *       "longest_pause_seconds": 900,
                     *       "wake_seconds": null,
                     *       "expected_seconds": 2700,
                     *       "expected_by": "2026-01-31T12:45:00.000Z",
                     *       "silent_since": null
                     *     }
                     */
                    "application/json": components["schemas"]["ShowHeartbeatReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showHeartbeatForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "region": "us-east-1",
                     *       "first_heard": "2026-01-01T00:00:00.000Z",
                     *       "last_heard": "2026-01-31T12:00:00.000Z",
                     *       "longest_pause_seconds": 900,
                     *       "wake_seconds": null,
                     *       "expected_seconds": 2700,
                     *       "expected_by": "2026-01-31T12:45:00.000Z",
                     *       "silent_since": null
                     *     }
                     */
                    "application/json": components["schemas"]["ShowHeartbeatReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createClaimCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["CreateClaimCodeInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "claim_code": "rCFGYCYdVcsCfFZ1h3Qzj2b8",
                     *       "device_ids": [
                     *         "0123456789abcdef01234567"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["CreateClaimCodeReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createClaimCodeForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["CreateClaimCodeInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "claim_code": "rCFGYCYdVcsCfFZ1h3Qzj2b8",
                     *       "device_ids": [
                     *         "0123456789abcdef01234567"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["CreateClaimCodeReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listEndpoints: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "endpoints": [
                     *         {
                     *           "region": "us-east-1",
                     *           "mqtt": "mqtts://example-ats.iot.us-east-1.amazonaws.com"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListEndpointsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showCertificate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0123456789abcdef01234567",
                     *       "certificate": {
                     *         "status": "active",
                     *         "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "issued_at": "2026-01-01T00:00:00.000Z",
                     *         "expires_at": null,
                     *         "next": null,
                     *         "revoked_at": null,
                     *         "quarantined_at": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowCertificateReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showCertificateForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0123456789abcdef01234567",
                     *       "certificate": {
                     *         "status": "active",
                     *         "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "issued_at": "2026-01-01T00:00:00.000Z",
                     *         "expires_at": null,
                     *         "next": null,
                     *         "revoked_at": null,
                     *         "quarantined_at": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowCertificateReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    rotateCertificate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "overlap_hours": 24
                 *     }
                 */
                "application/json": components["schemas"]["RotateCertificateInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0123456789abcdef01234567",
                     *       "fleet": "f0a1b2c3d4e5f6a7b",
                     *       "certificate": "-----BEGIN CERTIFICATE-----\n…",
                     *       "private_key": "-----BEGIN RSA PRIVATE KEY-----\n…",
                     *       "ca": "-----BEGIN CERTIFICATE-----\n…",
                     *       "endpoints": [
                     *         {
                     *           "region": "us-east-1",
                     *           "mqtt": "mqtts://example-ats.iot.us-east-1.amazonaws.com"
                     *         }
                     *       ],
                     *       "certificate_issued_at": "2026-01-01T00:00:00.000Z",
                     *       "certificate_expires_at": null,
                     *       "state": {
                     *         "status": "active",
                     *         "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "issued_at": "2026-01-01T00:00:00.000Z",
                     *         "expires_at": null,
                     *         "next": null,
                     *         "revoked_at": null,
                     *         "quarantined_at": null
                     *       },
                     *       "pending_regions": []
                     *     }
                     */
                    "application/json": components["schemas"]["RotateCertificateReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-refused-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            408: components["responses"]["Error408-device_offline-device_timeout"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    rotateCertificateForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "overlap_hours": 24
                 *     }
                 */
                "application/json": components["schemas"]["RotateCertificateInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0123456789abcdef01234567",
                     *       "fleet": "f0a1b2c3d4e5f6a7b",
                     *       "certificate": "-----BEGIN CERTIFICATE-----\n…",
                     *       "private_key": "-----BEGIN RSA PRIVATE KEY-----\n…",
                     *       "ca": "-----BEGIN CERTIFICATE-----\n…",
                     *       "endpoints": [
                     *         {
                     *           "region": "us-east-1",
                     *           "mqtt": "mqtts://example-ats.iot.us-east-1.amazonaws.com"
                     *         }
                     *       ],
                     *       "certificate_issued_at": "2026-01-01T00:00:00.000Z",
                     *       "certificate_expires_at": null,
                     *       "state": {
                     *         "status": "active",
                     *         "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "issued_at": "2026-01-01T00:00:00.000Z",
                     *         "expires_at": null,
                     *         "next": null,
                     *         "revoked_at": null,
                     *         "quarantined_at": null
                     *       },
                     *       "pending_regions": []
                     *     }
                     */
                    "application/json": components["schemas"]["RotateCertificateReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-refused-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            408: components["responses"]["Error408-device_offline-device_timeout"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    confirmCertificate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0123456789abcdef01234567",
                     *       "certificate": {
                     *         "status": "active",
                     *         "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "issued_at": "2026-01-01T00:00:00.000Z",
                     *         "expires_at": null,
                     *         "next": null,
                     *         "revoked_at": null,
                     *         "quarantined_at": null
                     *       },
                     *       "pending_regions": []
                     *     }
                     */
                    "application/json": components["schemas"]["ConfirmCertificateReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    confirmCertificateForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0123456789abcdef01234567",
                     *       "certificate": {
                     *         "status": "active",
                     *         "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "issued_at": "2026-01-01T00:00:00.000Z",
                     *         "expires_at": null,
                     *         "next": null,
                     *         "revoked_at": null,
                     *         "quarantined_at": null
                     *       },
                     *       "pending_regions": []
                     *     }
                     */
                    "application/json": components["schemas"]["ConfirmCertificateReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    revokeCertificate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["RevokeCertificateInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0123456789abcdef01234567",
                     *       "certificate": {
                     *         "status": "active",
                     *         "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "issued_at": "2026-01-01T00:00:00.000Z",
                     *         "expires_at": null,
                     *         "next": null,
                     *         "revoked_at": null,
                     *         "quarantined_at": null
                     *       },
                     *       "pending_regions": []
                     *     }
                     */
                    "application/json": components["schemas"]["RevokeCertificateReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    revokeCertificateForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["RevokeCertificateInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0123456789abcdef01234567",
                     *       "certificate": {
                     *         "status": "active",
                     *         "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "issued_at": "2026-01-01T00:00:00.000Z",
                     *         "expires_at": null,
                     *         "next": null,
                     *         "revoked_at": null,
                     *         "quarantined_at": null
                     *       },
                     *       "pending_regions": []
                     *     }
                     */
                    "application/json": components["schemas"]["RevokeCertificateReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listGroups: {
        parameters: {
            query?: {
                /** @example bet */
                name?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "groups": [
                     *         {
                     *           "name": "beta",
                     *           "description": "Tests new firmware first",
                     *           "color": "#2ecc71",
                     *           "fw_version": 7
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListGroupsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "beta",
                 *       "description": "Tests new firmware first",
                 *       "color": "#2ecc71"
                 *     }
                 */
                "application/json": components["schemas"]["CreateGroupInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "group": {
                     *         "name": "beta",
                     *         "description": "Tests new firmware first",
                     *         "color": "#2ecc71",
                     *         "fw_version": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CreateGroupReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example beta */
                group: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "group": {
                     *         "name": "beta",
                     *         "description": "Tests new firmware first",
                     *         "color": "#2ecc71",
                     *         "fw_version": 7,
                     *         "device_count": 12
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowGroupReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    changeGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example beta */
                group: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "color": "#2ecc71"
                 *     }
                 */
                "application/json": components["schemas"]["ChangeGroupInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "group": {
                     *         "name": "beta",
                     *         "description": "Tests new firmware first",
                     *         "color": "#2ecc71",
                     *         "fw_version": 7
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeGroupReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example beta */
                group: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showImpact: {
        parameters: {
            query: {
                /** @example edit_groups_for_firmware */
                action: "edit_groups_for_firmware";
                /** @example 8 */
                firmware_version: number;
                /** @example beta,staff */
                groups?: string;
                product_default?: boolean;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "devices": {
                     *         "firmware_update": {
                     *           "total": 12,
                     *           "by_version": [
                     *             {
                     *               "version": 8,
                     *               "total": 12
                     *             }
                     *           ],
                     *           "by_running_version": [
                     *             {
                     *               "version": 7,
                     *               "total": 12
                     *             }
                     *           ],
                     *           "at_least": false
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowImpactReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    requestVitals: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RequestVitalsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            408: components["responses"]["Error408-device_offline-device_timeout"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    requestVitalsForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RequestVitalsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            408: components["responses"]["Error408-device_offline-device_timeout"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showLastVitals: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "diagnostics": {
                     *         "updated_at": "2026-01-01T00:00:00.000Z",
                     *         "deviceID": "0123456789abcdef01234567",
                     *         "payload": {
                     *           "device": {
                     *             "network": {
                     *               "signal": {
                     *                 "at": "Wi-Fi",
                     *                 "strength": 72,
                     *                 "quality": 60
                     *               }
                     *             },
                     *             "power": {
                     *               "battery": {
                     *                 "charge": {
                     *                   "err": -210
                     *                 }
                     *               }
                     *             },
                     *             "system": {
                     *               "uptime": 86400,
                     *               "memory": {
                     *                 "used": 81920,
                     *                 "total": 262144
                     *               }
                     *             }
                     *           }
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowLastVitalsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showLastVitalsForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "diagnostics": {
                     *         "updated_at": "2026-01-01T00:00:00.000Z",
                     *         "deviceID": "0123456789abcdef01234567",
                     *         "payload": {
                     *           "device": {
                     *             "network": {
                     *               "signal": {
                     *                 "at": "Wi-Fi",
                     *                 "strength": 72,
                     *                 "quality": 60
                     *               }
                     *             },
                     *             "power": {
                     *               "battery": {
                     *                 "charge": {
                     *                   "err": -210
                     *                 }
                     *               }
                     *             },
                     *             "system": {
                     *               "uptime": 86400,
                     *               "memory": {
                     *                 "used": 81920,
                     *                 "total": 262144
                     *               }
                     *             }
                     *           }
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowLastVitalsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listVitals: {
        parameters: {
            query?: {
                start_date?: string | number;
                end_date?: string | number;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "diagnostics": [
                     *         {
                     *           "updated_at": "2026-01-01T00:00:00.000Z",
                     *           "deviceID": "0123456789abcdef01234567",
                     *           "payload": {
                     *             "device": {
                     *               "network": {
                     *                 "signal": {
                     *                   "at": "Wi-Fi",
                     *                   "strength": 72,
                     *                   "quality": 60
                     *                 }
                     *               },
                     *               "power": {
                     *                 "battery": {
                     *                   "charge": {
                     *                     "err": -210
                     *                   }
                     *                 }
                     *               },
                     *               "system": {
                     *                 "uptime": 86400,
                     *                 "memory": {
                     *                   "used": 81920,
                     *                   "total": 262144
                     *                 }
                     *               }
                     *             }
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListVitalsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listVitalsForProduct: {
        parameters: {
            query?: {
                start_date?: string | number;
                end_date?: string | number;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "diagnostics": [
                     *         {
                     *           "updated_at": "2026-01-01T00:00:00.000Z",
                     *           "deviceID": "0123456789abcdef01234567",
                     *           "payload": {
                     *             "device": {
                     *               "network": {
                     *                 "signal": {
                     *                   "at": "Wi-Fi",
                     *                   "strength": 72,
                     *                   "quality": 60
                     *                 }
                     *               },
                     *               "power": {
                     *                 "battery": {
                     *                   "charge": {
                     *                     "err": -210
                     *                   }
                     *                 }
                     *               },
                     *               "system": {
                     *                 "uptime": 86400,
                     *                 "memory": {
                     *                   "used": 81920,
                     *                   "total": 262144
                     *                 }
                     *               }
                     *             }
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListVitalsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showVitalsMetadata: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "diagnostics_metadata": {
                     *         "device": {
                     *           "system": {
                     *             "uptime": {
                     *               "title": "Uptime",
                     *               "type": "number",
                     *               "priority": 8,
                     *               "units": {
                     *                 "title": "s"
                     *               },
                     *               "messages": {
                     *                 "description": "The time since the start of the device."
                     *               }
                     *             }
                     *           }
                     *         },
                     *         "service": {}
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowVitalsMetadataReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showVitalsMetadataForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "diagnostics_metadata": {
                     *         "device": {
                     *           "system": {
                     *             "uptime": {
                     *               "title": "Uptime",
                     *               "type": "number",
                     *               "priority": 8,
                     *               "units": {
                     *                 "title": "s"
                     *               },
                     *               "messages": {
                     *                 "description": "The time since the start of the device."
                     *               }
                     *             }
                     *           }
                     *         },
                     *         "service": {}
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowVitalsMetadataReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listFirmware: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "_id": "5c7d2f0e9a1b4c3d8e6f7a90",
                     *         "version": 3,
                     *         "title": "v1.2.0",
                     *         "description": "Reconnects after an outage of the network",
                     *         "name": "thermostat.bin",
                     *         "size": 312024,
                     *         "product_default": false,
                     *         "uploaded_on": "2026-12-01T09:30:00.000Z",
                     *         "product_id": 123456789,
                     *         "uploaded_by": {
                     *           "username": "ada@example.com"
                     *         },
                     *         "groups": [],
                     *         "device_count": 0,
                     *         "mandatory": false,
                     *         "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *         "signed": true,
                     *         "released_at": null
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["ListFirmwareReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    uploadFirmware: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "version": 3,
                 *       "title": "v1.2.0",
                 *       "file": "AAECAwQ="
                 *     }
                 */
                "application/json": components["schemas"]["UploadFirmwareInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "_id": "5c7d2f0e9a1b4c3d8e6f7a90",
                     *       "version": 3,
                     *       "title": "v1.2.0",
                     *       "description": "Reconnects after an outage of the network",
                     *       "name": "thermostat.bin",
                     *       "size": 312024,
                     *       "product_default": false,
                     *       "uploaded_on": "2026-12-01T09:30:00.000Z",
                     *       "product_id": 123456789,
                     *       "uploaded_by": {
                     *         "username": "ada@example.com"
                     *       },
                     *       "groups": [],
                     *       "device_count": 0,
                     *       "mandatory": false,
                     *       "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *       "signed": true,
                     *       "released_at": null,
                     *       "current": false
                     *     }
                     */
                    "application/json": components["schemas"]["UploadFirmwareReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-already_exists-conflict-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listSigningKeys: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "documents": [
                     *         {
                     *           "payloadType": "application/vnd.godwit.firmware+json",
                     *           "payload": "eyJwcm9kdWN0IjoxMjM0NTY3ODksInZlcnNpb24iOjN9",
                     *           "signatures": [
                     *             {
                     *               "keyid": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *               "sig": "AAAA"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "current": {
                     *         "number": 1,
                     *         "threshold": 1,
                     *         "keys": [
                     *           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                     *         ],
                     *         "expires": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ListSigningKeysReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    registerSigningKeys: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "document": {
                 *         "payloadType": "application/vnd.godwit.firmware+json",
                 *         "payload": "eyJwcm9kdWN0IjoxMjM0NTY3ODksInZlcnNpb24iOjN9",
                 *         "signatures": [
                 *           {
                 *             "keyid": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                 *             "sig": "AAAA"
                 *           }
                 *         ]
                 *       },
                 *       "confirm": "thermostat-123456789"
                 *     }
                 */
                "application/json": components["schemas"]["RegisterSigningKeysInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterSigningKeysReply"];
                };
            };
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "keys": {
                     *         "number": 1,
                     *         "threshold": 1,
                     *         "keys": [
                     *           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                     *         ],
                     *         "expires": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RegisterSigningKeysReply201"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict-limit_reached-needs_confirmation"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    releaseFirmware: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "version": 3,
                 *       "product_default": true,
                 *       "groups": []
                 *     }
                 */
                "application/json": components["schemas"]["ReleaseFirmwareInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "updated_at": "2026-12-01T10:00:00.000Z",
                     *       "version": 3,
                     *       "title": "v1.2.0",
                     *       "size": 312024,
                     *       "product_default": true,
                     *       "uploaded_on": "2026-12-01T09:30:00.000Z",
                     *       "uploaded_at": "2026-12-01T09:30:00.000Z",
                     *       "product_id": 123456789,
                     *       "uploaded_by": {
                     *         "username": "ada@example.com"
                     *       },
                     *       "groups": [],
                     *       "intelligent": false
                     *     }
                     */
                    "application/json": components["schemas"]["ReleaseFirmwareReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showFirmware: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 3 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "_id": "5c7d2f0e9a1b4c3d8e6f7a90",
                     *       "version": 3,
                     *       "title": "v1.2.0",
                     *       "description": "Reconnects after an outage of the network",
                     *       "name": "thermostat.bin",
                     *       "size": 312024,
                     *       "product_default": false,
                     *       "uploaded_on": "2026-12-01T09:30:00.000Z",
                     *       "product_id": 123456789,
                     *       "uploaded_by": {
                     *         "username": "ada@example.com"
                     *       },
                     *       "groups": [],
                     *       "device_count": 0,
                     *       "mandatory": false,
                     *       "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *       "signed": true,
                     *       "released_at": null
                     *     }
                     */
                    "application/json": components["schemas"]["ShowFirmwareReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    changeFirmware: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 3 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "title": "v1.2.0"
                 *     }
                 */
                "application/json": components["schemas"]["ChangeFirmwareInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "_id": "5c7d2f0e9a1b4c3d8e6f7a90",
                     *       "version": 3,
                     *       "title": "v1.2.0",
                     *       "description": "Reconnects after an outage of the network",
                     *       "name": "thermostat.bin",
                     *       "size": 312024,
                     *       "product_default": false,
                     *       "uploaded_on": "2026-12-01T09:30:00.000Z",
                     *       "product_id": 123456789,
                     *       "uploaded_by": {
                     *         "username": "ada@example.com"
                     *       },
                     *       "groups": [],
                     *       "device_count": 0,
                     *       "mandatory": false,
                     *       "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *       "signed": true,
                     *       "released_at": null,
                     *       "current": false
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeFirmwareReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeFirmware: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 3 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    replaceManifest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 3 */
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "manifest": {
                 *         "payloadType": "application/vnd.godwit.firmware+json",
                 *         "payload": "eyJwcm9kdWN0IjoxMjM0NTY3ODksInZlcnNpb24iOjN9",
                 *         "signatures": [
                 *           {
                 *             "keyid": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                 *             "sig": "AAAA"
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ReplaceManifestInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "_id": "5c7d2f0e9a1b4c3d8e6f7a90",
                     *       "version": 3,
                     *       "title": "v1.2.0",
                     *       "description": "Reconnects after an outage of the network",
                     *       "name": "thermostat.bin",
                     *       "size": 312024,
                     *       "product_default": false,
                     *       "uploaded_on": "2026-12-01T09:30:00.000Z",
                     *       "product_id": 123456789,
                     *       "uploaded_by": {
                     *         "username": "ada@example.com"
                     *       },
                     *       "groups": [],
                     *       "device_count": 0,
                     *       "mandatory": false,
                     *       "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *       "signed": true,
                     *       "released_at": null,
                     *       "current": false
                     *     }
                     */
                    "application/json": components["schemas"]["ReplaceManifestReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listFirmwareChanges: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "changes": [
                     *         {
                     *           "at": "2026-12-01T10:00:00.000Z",
                     *           "version": 3,
                     *           "sha256": null,
                     *           "region": "us-east-1"
                     *         }
                     *       ],
                     *       "has_more": false
                     *     }
                     */
                    "application/json": components["schemas"]["ListFirmwareChangesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showExposure: {
        parameters: {
            query?: {
                format?: "json" | "csv";
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 3 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": 3,
                     *       "title": "v1.2.0",
                     *       "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *       "devices": [
                     *         {
                     *           "id": "0123456789abcdef01234567",
                     *           "name": "lamp",
                     *           "in_product": true,
                     *           "first_seen": "2026-12-01T10:00:00.000Z",
                     *           "last_seen": null,
                     *           "runs_now": true,
                     *           "version_now": 3,
                     *           "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *           "regions": [
                     *             "us-east-1"
                     *           ]
                     *         }
                     *       ],
                     *       "cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ShowExposureReply"];
                    "text/csv": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showRollout: {
        parameters: {
            query: {
                format?: "json" | "csv";
                limit?: number;
                cursor?: string;
                /** @example 1,2 */
                faulty: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 3 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": 3,
                     *       "faulty": [
                     *         1,
                     *         2
                     *       ],
                     *       "devices": [
                     *         {
                     *           "id": "0123456789abcdef01234567",
                     *           "name": "lamp",
                     *           "state": "fixed",
                     *           "exposed_version": 2,
                     *           "exposed_first": "2026-11-01T10:00:00.000Z",
                     *           "exposed_last": "2026-12-01T10:00:00.000Z",
                     *           "version_now": 3,
                     *           "fixed_at": "2026-12-01T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ShowRolloutReply"];
                    "text/csv": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    downloadFirmware: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 3 */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listReleases: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "releases": [
                     *         {
                     *           "id": "0mjwyt1c03f2a9b4c5d",
                     *           "product_id": 123456789,
                     *           "kind": "release",
                     *           "version": 3,
                     *           "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *           "state": "running",
                     *           "to": {
                     *             "all": true
                     *           },
                     *           "failures": {
                     *             "count": 3,
                     *             "percent": 1
                     *           },
                     *           "window": {
                     *             "from": "22:00",
                     *             "to": "06:00"
                     *           },
                     *           "return_within": 900,
                     *           "forced": false,
                     *           "immediate": true,
                     *           "rollback": "slot",
                     *           "rollback_version": null,
                     *           "rolls_back": null,
                     *           "halts": [],
                     *           "rolled_back": null,
                     *           "created_at": "2026-12-01T10:00:00.000Z",
                     *           "created_by": "ada@example.com",
                     *           "waves": [
                     *             {
                     *               "percent": 1,
                     *               "soak": 3600,
                     *               "opened_at": "2026-12-01T10:01:00.000Z"
                     *             },
                     *             {
                     *               "percent": 100,
                     *               "soak": 0,
                     *               "opened_at": null
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListReleasesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createRelease: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "version": 3,
                 *       "to": {
                 *         "all": true
                 *       },
                 *       "waves": [
                 *         {
                 *           "percent": 1,
                 *           "soak": 3600
                 *         },
                 *         {
                 *           "percent": 100,
                 *           "soak": 0
                 *         }
                 *       ],
                 *       "rollback": "slot"
                 *     }
                 */
                "application/json": components["schemas"]["CreateReleaseInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "release": {
                     *         "id": "0mjwyt1c03f2a9b4c5d",
                     *         "product_id": 123456789,
                     *         "kind": "release",
                     *         "version": 3,
                     *         "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *         "state": "running",
                     *         "to": {
                     *           "all": true
                     *         },
                     *         "failures": {
                     *           "count": 3,
                     *           "percent": 1
                     *         },
                     *         "window": {
                     *           "from": "22:00",
                     *           "to": "06:00"
                     *         },
                     *         "return_within": 900,
                     *         "forced": false,
                     *         "immediate": true,
                     *         "rollback": "slot",
                     *         "rollback_version": null,
                     *         "rolls_back": null,
                     *         "halts": [],
                     *         "rolled_back": null,
                     *         "created_at": "2026-12-01T10:00:00.000Z",
                     *         "created_by": "ada@example.com",
                     *         "waves": [
                     *           {
                     *             "percent": 1,
                     *             "soak": 3600,
                     *             "opened_at": "2026-12-01T10:01:00.000Z"
                     *           },
                     *           {
                     *             "percent": 100,
                     *             "soak": 0,
                     *             "opened_at": null
                     *           }
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CreateReleaseReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    planRelease: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "version": 3,
                 *       "to": {
                 *         "all": true
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PlanReleaseInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": true,
                     *       "version": 3,
                     *       "targeted": 1000,
                     *       "waves": [
                     *         {
                     *           "percent": 1,
                     *           "soak": 3600,
                     *           "count": 10,
                     *           "ids": [
                     *             "0123456789abcdef01234567"
                     *           ]
                     *         },
                     *         {
                     *           "percent": 100,
                     *           "soak": 0,
                     *           "count": 990,
                     *           "ids": [
                     *             "0123456789abcdef01234568"
                     *           ]
                     *         }
                     *       ],
                     *       "not_reached": 0,
                     *       "excluded": {
                     *         "locked": 2
                     *       },
                     *       "current": 1,
                     *       "conflicts": []
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReleaseReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showRelease: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0mjwyt1c03f2a9b4c5d */
                release: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "release": {
                     *         "id": "0mjwyt1c03f2a9b4c5d",
                     *         "product_id": 123456789,
                     *         "kind": "release",
                     *         "version": 3,
                     *         "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *         "state": "running",
                     *         "to": {
                     *           "all": true
                     *         },
                     *         "failures": {
                     *           "count": 3,
                     *           "percent": 1
                     *         },
                     *         "window": {
                     *           "from": "22:00",
                     *           "to": "06:00"
                     *         },
                     *         "return_within": 900,
                     *         "forced": false,
                     *         "immediate": true,
                     *         "rollback": "slot",
                     *         "rollback_version": null,
                     *         "rolls_back": null,
                     *         "halts": [],
                     *         "rolled_back": null,
                     *         "created_at": "2026-12-01T10:00:00.000Z",
                     *         "created_by": "ada@example.com",
                     *         "waves": [
                     *           {
                     *             "percent": 1,
                     *             "soak": 3600,
                     *             "opened_at": "2026-12-01T10:01:00.000Z",
                     *             "devices_by_state": {
                     *               "targeted": 10,
                     *               "current": 0,
                     *               "held": 0,
                     *               "waiting": 5,
                     *               "downloading": 5,
                     *               "installed": 0,
                     *               "failed": 0,
                     *               "excluded": 0
                     *             }
                     *           },
                     *           {
                     *             "percent": 100,
                     *             "soak": 0,
                     *             "opened_at": null,
                     *             "devices_by_state": {
                     *               "targeted": 990,
                     *               "current": 0,
                     *               "held": 990,
                     *               "waiting": 0,
                     *               "downloading": 0,
                     *               "installed": 0,
                     *               "failed": 0,
                     *               "excluded": 0
                     *             }
                     *           }
                     *         ],
                     *         "devices_by_state": {
                     *           "targeted": 1000,
                     *           "current": 0,
                     *           "held": 990,
                     *           "waiting": 5,
                     *           "downloading": 5,
                     *           "installed": 0,
                     *           "failed": 0,
                     *           "excluded": 0
                     *         },
                     *         "missing": 0,
                     *         "paused": null,
                     *         "under_way": 5
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowReleaseReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listReleaseDevices: {
        parameters: {
            query?: {
                /** @example downloading */
                state?: "current" | "held" | "waiting" | "downloading" | "installed" | "failed" | "excluded";
                wave?: number;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0mjwyt1c03f2a9b4c5d */
                release: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "devices": [
                     *         {
                     *           "id": "0123456789abcdef01234567",
                     *           "wave": 1,
                     *           "state": "downloading",
                     *           "reason": "verified",
                     *           "before": {
                     *             "version": "2",
                     *             "sha256": null
                     *           },
                     *           "offered_at": "2026-12-01T10:01:00.000Z",
                     *           "accepted_at": "2026-12-01T10:01:01.000Z",
                     *           "restarted_at": null,
                     *           "returned_at": null,
                     *           "assessed_at": null,
                     *           "failed_at": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListReleaseDevicesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showReleaseDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0mjwyt1c03f2a9b4c5d */
                release: string;
                /** @example 0123456789abcdef01234567 */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "device": {
                     *         "id": "0123456789abcdef01234567",
                     *         "wave": 1,
                     *         "state": "downloading",
                     *         "reason": "verified",
                     *         "before": {
                     *           "version": "2",
                     *           "sha256": null
                     *         },
                     *         "offered_at": "2026-12-01T10:01:00.000Z",
                     *         "accepted_at": "2026-12-01T10:01:01.000Z",
                     *         "restarted_at": null,
                     *         "returned_at": null,
                     *         "assessed_at": null,
                     *         "failed_at": null
                     *       },
                     *       "sentence": "It has verified the image and is about to restart (since 2026-12-01T10:03:00.000Z)."
                     *     }
                     */
                    "application/json": components["schemas"]["ShowReleaseDeviceReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    haltRelease: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0mjwyt1c03f2a9b4c5d */
                release: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "devices lose their settings"
                 *     }
                 */
                "application/json": components["schemas"]["HaltReleaseInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "release": {
                     *         "id": "0mjwyt1c03f2a9b4c5d",
                     *         "product_id": 123456789,
                     *         "kind": "release",
                     *         "version": 3,
                     *         "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *         "state": "running",
                     *         "to": {
                     *           "all": true
                     *         },
                     *         "failures": {
                     *           "count": 3,
                     *           "percent": 1
                     *         },
                     *         "window": {
                     *           "from": "22:00",
                     *           "to": "06:00"
                     *         },
                     *         "return_within": 900,
                     *         "forced": false,
                     *         "immediate": true,
                     *         "rollback": "slot",
                     *         "rollback_version": null,
                     *         "rolls_back": null,
                     *         "halts": [],
                     *         "rolled_back": null,
                     *         "created_at": "2026-12-01T10:00:00.000Z",
                     *         "created_by": "ada@example.com",
                     *         "waves": [
                     *           {
                     *             "percent": 1,
                     *             "soak": 3600,
                     *             "opened_at": "2026-12-01T10:01:00.000Z",
                     *             "devices_by_state": {
                     *               "targeted": 10,
                     *               "current": 0,
                     *               "held": 0,
                     *               "waiting": 5,
                     *               "downloading": 5,
                     *               "installed": 0,
                     *               "failed": 0,
                     *               "excluded": 0
                     *             }
                     *           },
                     *           {
                     *             "percent": 100,
                     *             "soak": 0,
                     *             "opened_at": null,
                     *             "devices_by_state": {
                     *               "targeted": 990,
                     *               "current": 0,
                     *               "held": 990,
                     *               "waiting": 0,
                     *               "downloading": 0,
                     *               "installed": 0,
                     *               "failed": 0,
                     *               "excluded": 0
                     *             }
                     *           }
                     *         ],
                     *         "devices_by_state": {
                     *           "targeted": 1000,
                     *           "current": 0,
                     *           "held": 990,
                     *           "waiting": 5,
                     *           "downloading": 5,
                     *           "installed": 0,
                     *           "failed": 0,
                     *           "excluded": 0
                     *         },
                     *         "missing": 0,
                     *         "paused": null,
                     *         "under_way": 5
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["HaltReleaseReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    resumeRelease: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0mjwyt1c03f2a9b4c5d */
                release: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "devices lose their settings"
                 *     }
                 */
                "application/json": components["schemas"]["ResumeReleaseInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "release": {
                     *         "id": "0mjwyt1c03f2a9b4c5d",
                     *         "product_id": 123456789,
                     *         "kind": "release",
                     *         "version": 3,
                     *         "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *         "state": "running",
                     *         "to": {
                     *           "all": true
                     *         },
                     *         "failures": {
                     *           "count": 3,
                     *           "percent": 1
                     *         },
                     *         "window": {
                     *           "from": "22:00",
                     *           "to": "06:00"
                     *         },
                     *         "return_within": 900,
                     *         "forced": false,
                     *         "immediate": true,
                     *         "rollback": "slot",
                     *         "rollback_version": null,
                     *         "rolls_back": null,
                     *         "halts": [],
                     *         "rolled_back": null,
                     *         "created_at": "2026-12-01T10:00:00.000Z",
                     *         "created_by": "ada@example.com",
                     *         "waves": [
                     *           {
                     *             "percent": 1,
                     *             "soak": 3600,
                     *             "opened_at": "2026-12-01T10:01:00.000Z",
                     *             "devices_by_state": {
                     *               "targeted": 10,
                     *               "current": 0,
                     *               "held": 0,
                     *               "waiting": 5,
                     *               "downloading": 5,
                     *               "installed": 0,
                     *               "failed": 0,
                     *               "excluded": 0
                     *             }
                     *           },
                     *           {
                     *             "percent": 100,
                     *             "soak": 0,
                     *             "opened_at": null,
                     *             "devices_by_state": {
                     *               "targeted": 990,
                     *               "current": 0,
                     *               "held": 990,
                     *               "waiting": 0,
                     *               "downloading": 0,
                     *               "installed": 0,
                     *               "failed": 0,
                     *               "excluded": 0
                     *             }
                     *           }
                     *         ],
                     *         "devices_by_state": {
                     *           "targeted": 1000,
                     *           "current": 0,
                     *           "held": 990,
                     *           "waiting": 5,
                     *           "downloading": 5,
                     *           "installed": 0,
                     *           "failed": 0,
                     *           "excluded": 0
                     *         },
                     *         "missing": 0,
                     *         "paused": null,
                     *         "under_way": 5
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ResumeReleaseReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    rollBackRelease: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0mjwyt1c03f2a9b4c5d */
                release: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "devices lose their settings"
                 *     }
                 */
                "application/json": components["schemas"]["RollBackReleaseInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "release": {
                     *         "id": "0mjwyt1c03f2a9b4c5d",
                     *         "product_id": 123456789,
                     *         "kind": "release",
                     *         "version": 3,
                     *         "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *         "state": "running",
                     *         "to": {
                     *           "all": true
                     *         },
                     *         "failures": {
                     *           "count": 3,
                     *           "percent": 1
                     *         },
                     *         "window": {
                     *           "from": "22:00",
                     *           "to": "06:00"
                     *         },
                     *         "return_within": 900,
                     *         "forced": false,
                     *         "immediate": true,
                     *         "rollback": "slot",
                     *         "rollback_version": null,
                     *         "rolls_back": null,
                     *         "halts": [],
                     *         "rolled_back": null,
                     *         "created_at": "2026-12-01T10:00:00.000Z",
                     *         "created_by": "ada@example.com",
                     *         "waves": [
                     *           {
                     *             "percent": 1,
                     *             "soak": 3600,
                     *             "opened_at": "2026-12-01T10:01:00.000Z",
                     *             "devices_by_state": {
                     *               "targeted": 10,
                     *               "current": 0,
                     *               "held": 0,
                     *               "waiting": 5,
                     *               "downloading": 5,
                     *               "installed": 0,
                     *               "failed": 0,
                     *               "excluded": 0
                     *             }
                     *           },
                     *           {
                     *             "percent": 100,
                     *             "soak": 0,
                     *             "opened_at": null,
                     *             "devices_by_state": {
                     *               "targeted": 990,
                     *               "current": 0,
                     *               "held": 990,
                     *               "waiting": 0,
                     *               "downloading": 0,
                     *               "installed": 0,
                     *               "failed": 0,
                     *               "excluded": 0
                     *             }
                     *           }
                     *         ],
                     *         "devices_by_state": {
                     *           "targeted": 1000,
                     *           "current": 0,
                     *           "held": 990,
                     *           "waiting": 5,
                     *           "downloading": 5,
                     *           "installed": 0,
                     *           "failed": 0,
                     *           "excluded": 0
                     *         },
                     *         "missing": 0,
                     *         "paused": null,
                     *         "under_way": 5
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RollBackReleaseReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    cancelRelease: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0mjwyt1c03f2a9b4c5d */
                release: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "devices lose their settings"
                 *     }
                 */
                "application/json": components["schemas"]["CancelReleaseInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "release": {
                     *         "id": "0mjwyt1c03f2a9b4c5d",
                     *         "product_id": 123456789,
                     *         "kind": "release",
                     *         "version": 3,
                     *         "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *         "state": "running",
                     *         "to": {
                     *           "all": true
                     *         },
                     *         "failures": {
                     *           "count": 3,
                     *           "percent": 1
                     *         },
                     *         "window": {
                     *           "from": "22:00",
                     *           "to": "06:00"
                     *         },
                     *         "return_within": 900,
                     *         "forced": false,
                     *         "immediate": true,
                     *         "rollback": "slot",
                     *         "rollback_version": null,
                     *         "rolls_back": null,
                     *         "halts": [],
                     *         "rolled_back": null,
                     *         "created_at": "2026-12-01T10:00:00.000Z",
                     *         "created_by": "ada@example.com",
                     *         "waves": [
                     *           {
                     *             "percent": 1,
                     *             "soak": 3600,
                     *             "opened_at": "2026-12-01T10:01:00.000Z",
                     *             "devices_by_state": {
                     *               "targeted": 10,
                     *               "current": 0,
                     *               "held": 0,
                     *               "waiting": 5,
                     *               "downloading": 5,
                     *               "installed": 0,
                     *               "failed": 0,
                     *               "excluded": 0
                     *             }
                     *           },
                     *           {
                     *             "percent": 100,
                     *             "soak": 0,
                     *             "opened_at": null,
                     *             "devices_by_state": {
                     *               "targeted": 990,
                     *               "current": 0,
                     *               "held": 990,
                     *               "waiting": 0,
                     *               "downloading": 0,
                     *               "installed": 0,
                     *               "failed": 0,
                     *               "excluded": 0
                     *             }
                     *           }
                     *         ],
                     *         "devices_by_state": {
                     *           "targeted": 1000,
                     *           "current": 0,
                     *           "held": 990,
                     *           "waiting": 5,
                     *           "downloading": 5,
                     *           "installed": 0,
                     *           "failed": 0,
                     *           "excluded": 0
                     *         },
                     *         "missing": 0,
                     *         "paused": null,
                     *         "under_way": 5
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CancelReleaseReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    exportRelease: {
        parameters: {
            query?: {
                format?: "json" | "csv";
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0mjwyt1c03f2a9b4c5d */
                release: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "release": {
                     *         "id": "0mjwyt1c03f2a9b4c5d",
                     *         "product_id": 123456789,
                     *         "kind": "release",
                     *         "version": 3,
                     *         "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *         "state": "running",
                     *         "to": {
                     *           "all": true
                     *         },
                     *         "failures": {
                     *           "count": 3,
                     *           "percent": 1
                     *         },
                     *         "window": {
                     *           "from": "22:00",
                     *           "to": "06:00"
                     *         },
                     *         "return_within": 900,
                     *         "forced": false,
                     *         "immediate": true,
                     *         "rollback": "slot",
                     *         "rollback_version": null,
                     *         "rolls_back": null,
                     *         "halts": [],
                     *         "rolled_back": null,
                     *         "created_at": "2026-12-01T10:00:00.000Z",
                     *         "created_by": "ada@example.com",
                     *         "waves": [
                     *           {
                     *             "percent": 1,
                     *             "soak": 3600,
                     *             "opened_at": "2026-12-01T10:01:00.000Z",
                     *             "devices_by_state": {
                     *               "targeted": 10,
                     *               "current": 0,
                     *               "held": 0,
                     *               "waiting": 5,
                     *               "downloading": 5,
                     *               "installed": 0,
                     *               "failed": 0,
                     *               "excluded": 0
                     *             }
                     *           },
                     *           {
                     *             "percent": 100,
                     *             "soak": 0,
                     *             "opened_at": null,
                     *             "devices_by_state": {
                     *               "targeted": 990,
                     *               "current": 0,
                     *               "held": 990,
                     *               "waiting": 0,
                     *               "downloading": 0,
                     *               "installed": 0,
                     *               "failed": 0,
                     *               "excluded": 0
                     *             }
                     *           }
                     *         ],
                     *         "devices_by_state": {
                     *           "targeted": 1000,
                     *           "current": 0,
                     *           "held": 990,
                     *           "waiting": 5,
                     *           "downloading": 5,
                     *           "installed": 0,
                     *           "failed": 0,
                     *           "excluded": 0
                     *         },
                     *         "missing": 0,
                     *         "paused": null,
                     *         "under_way": 5
                     *       },
                     *       "devices": [
                     *         {
                     *           "id": "0123456789abcdef01234567",
                     *           "wave": 1,
                     *           "state": "downloading",
                     *           "reason": "verified",
                     *           "before": {
                     *             "version": "2",
                     *             "sha256": null
                     *           },
                     *           "offered_at": "2026-12-01T10:01:00.000Z",
                     *           "accepted_at": "2026-12-01T10:01:01.000Z",
                     *           "restarted_at": null,
                     *           "returned_at": null,
                     *           "assessed_at": null,
                     *           "failed_at": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ExportReleaseReply"];
                    "text/csv": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    readVariable: {
        parameters: {
            query?: {
                format?: string;
            };
            header?: never;
            path: {
                /** @example lamp */
                device: string;
                /** @example temperature */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cmd": "VarReturn",
                     *       "name": "temperature",
                     *       "result": 21.5,
                     *       "coreInfo": {
                     *         "name": "lamp",
                     *         "deviceID": "0123456789abcdef01234567",
                     *         "connected": true,
                     *         "last_handshake_at": "2026-01-01T00:00:00.000Z",
                     *         "last_heard": "2026-01-01T00:00:00.000Z",
                     *         "last_app": "",
                     *         "product_id": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ReadVariableReply"];
                    "text/plain": string;
                };
            };
            400: components["responses"]["Error400-device_error-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-device_not_callable-unauthorized"];
            404: components["responses"]["Error404-no_such_variable-not_found"];
            408: components["responses"]["Error408-device_offline-device_timeout"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    callFunction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example lamp */
                device: string;
                /** @example led */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "args": "on"
                 *     }
                 */
                "application/json": components["schemas"]["CallFunctionInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0123456789abcdef01234567",
                     *       "name": "led",
                     *       "last_app": "",
                     *       "connected": true,
                     *       "return_value": 1
                     *     }
                     */
                    "application/json": components["schemas"]["CallFunctionReply"];
                    "text/plain": string;
                };
            };
            400: components["responses"]["Error400-device_error-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-device_not_callable-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-no_such_function-not_found"];
            408: components["responses"]["Error408-device_offline-device_timeout"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    readVariableForProduct: {
        parameters: {
            query?: {
                format?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example lamp */
                device: string;
                /** @example temperature */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cmd": "VarReturn",
                     *       "name": "temperature",
                     *       "result": 21.5,
                     *       "coreInfo": {
                     *         "name": "lamp",
                     *         "deviceID": "0123456789abcdef01234567",
                     *         "connected": true,
                     *         "last_handshake_at": "2026-01-01T00:00:00.000Z",
                     *         "last_heard": "2026-01-01T00:00:00.000Z",
                     *         "last_app": "",
                     *         "product_id": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ReadVariableReply"];
                    "text/plain": string;
                };
            };
            400: components["responses"]["Error400-device_error-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-device_not_callable-unauthorized"];
            404: components["responses"]["Error404-no_such_variable-not_found"];
            408: components["responses"]["Error408-device_offline-device_timeout"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    callFunctionForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example lamp */
                device: string;
                /** @example led */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "args": "on"
                 *     }
                 */
                "application/json": components["schemas"]["CallFunctionInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0123456789abcdef01234567",
                     *       "name": "led",
                     *       "last_app": "",
                     *       "connected": true,
                     *       "return_value": 1
                     *     }
                     */
                    "application/json": components["schemas"]["CallFunctionReply"];
                    "text/plain": string;
                };
            };
            400: components["responses"]["Error400-device_error-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-device_not_callable-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-no_such_function-not_found"];
            408: components["responses"]["Error408-device_offline-device_timeout"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                lastEventId?: string;
                last_event_id?: string;
                device?: string;
                prefix?: string;
            };
            header?: {
                /** @description The id of the last received event: the stream continues after it. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: temperature
                     *     data: {"data":"21.5","ttl":16777215,"published_at":"2026-01-01T00:00:00.000Z","coreid":"0123456789abcdef01234567"}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    publishEvent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "temperature",
                 *       "data": "21.5"
                 *     }
                 */
                "application/json": components["schemas"]["PublishEventInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["PublishEventReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    streamEventsForProduct: {
        parameters: {
            query?: {
                lastEventId?: string;
                last_event_id?: string;
                device?: string;
                prefix?: string;
            };
            header?: {
                /** @description The id of the last received event: the stream continues after it. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: temperature
                     *     data: {"data":"21.5","ttl":16777215,"published_at":"2026-01-01T00:00:00.000Z","coreid":"0123456789abcdef01234567"}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    publishEventForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "temperature",
                 *       "data": "21.5"
                 *     }
                 */
                "application/json": components["schemas"]["PublishEventInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["PublishEventReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    streamEventsByPrefix: {
        parameters: {
            query?: {
                lastEventId?: string;
                last_event_id?: string;
                device?: string;
            };
            header?: {
                /** @description The id of the last received event: the stream continues after it. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @example temp */
                prefix: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: temperature
                     *     data: {"data":"21.5","ttl":16777215,"published_at":"2026-01-01T00:00:00.000Z","coreid":"0123456789abcdef01234567"}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    streamEventsByPrefixForProduct: {
        parameters: {
            query?: {
                lastEventId?: string;
                last_event_id?: string;
                device?: string;
            };
            header?: {
                /** @description The id of the last received event: the stream continues after it. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example temp */
                prefix: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: temperature
                     *     data: {"data":"21.5","ttl":16777215,"published_at":"2026-01-01T00:00:00.000Z","coreid":"0123456789abcdef01234567"}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    streamOwnEventsByPrefix: {
        parameters: {
            query?: {
                lastEventId?: string;
                last_event_id?: string;
                device?: string;
            };
            header?: {
                /** @description The id of the last received event: the stream continues after it. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @example temp */
                prefix: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: temperature
                     *     data: {"data":"21.5","ttl":16777215,"published_at":"2026-01-01T00:00:00.000Z","coreid":"0123456789abcdef01234567"}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    streamDeviceEvents: {
        parameters: {
            query?: {
                lastEventId?: string;
                last_event_id?: string;
                prefix?: string;
            };
            header?: {
                /** @description The id of the last received event: the stream continues after it. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: temperature
                     *     data: {"data":"21.5","ttl":16777215,"published_at":"2026-01-01T00:00:00.000Z","coreid":"0123456789abcdef01234567"}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    streamDeviceEventsForProduct: {
        parameters: {
            query?: {
                lastEventId?: string;
                last_event_id?: string;
                prefix?: string;
            };
            header?: {
                /** @description The id of the last received event: the stream continues after it. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example lamp */
                device: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: temperature
                     *     data: {"data":"21.5","ttl":16777215,"published_at":"2026-01-01T00:00:00.000Z","coreid":"0123456789abcdef01234567"}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    streamDeviceEventsByPrefix: {
        parameters: {
            query?: {
                lastEventId?: string;
                last_event_id?: string;
            };
            header?: {
                /** @description The id of the last received event: the stream continues after it. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @example lamp */
                device: string;
                /** @example temp */
                prefix: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: temperature
                     *     data: {"data":"21.5","ttl":16777215,"published_at":"2026-01-01T00:00:00.000Z","coreid":"0123456789abcdef01234567"}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    streamDeviceEventsByPrefixForProduct: {
        parameters: {
            query?: {
                lastEventId?: string;
                last_event_id?: string;
            };
            header?: {
                /** @description The id of the last received event: the stream continues after it. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example lamp */
                device: string;
                /** @example temp */
                prefix: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: temperature
                     *     data: {"data":"21.5","ttl":16777215,"published_at":"2026-01-01T00:00:00.000Z","coreid":"0123456789abcdef01234567"}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listIntegrations: {
        parameters: {
            query?: {
                /** @example temp */
                event?: string;
                name?: string;
                integration_type?: string;
                disabled?: boolean;
                page?: number;
                per_page?: number;
                limit?: number;
                cursor?: string;
                search?: string;
                state?: "healthy" | "failing" | "disabled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *         "event": "temperature",
                     *         "name": "temperature for example.com",
                     *         "url": "https://example.com/hook",
                     *         "requestType": "POST",
                     *         "deviceID": null,
                     *         "disabled": false,
                     *         "created_at": "2026-01-01T00:00:00.000Z",
                     *         "integration_type": "Webhook"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["ListIntegrationsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createIntegration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "integration_type": "Webhook",
                 *       "event": "temperature",
                 *       "url": "https://example.com/hook"
                 *     }
                 */
                "application/json": components["schemas"]["CreateIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": false,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook",
                     *       "signing_secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
                     *     }
                     */
                    "application/json": components["schemas"]["CreateIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                event?: string;
                name?: string;
                disabled?: boolean;
                /** @example 1 */
                page?: number;
                per_page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "integrations": [
                     *         {
                     *           "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *           "event": "temperature",
                     *           "name": "temperature for example.com",
                     *           "url": "https://example.com/hook",
                     *           "requestType": "POST",
                     *           "deviceID": null,
                     *           "disabled": false,
                     *           "created_at": "2026-01-01T00:00:00.000Z",
                     *           "integration_type": "Webhook"
                     *         }
                     *       ],
                     *       "meta": {
                     *         "total_pages": 1,
                     *         "total": 1
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ListWebhooksReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createIntegrationAlias: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "integration_type": "Webhook",
                 *       "event": "temperature",
                 *       "url": "https://example.com/hook"
                 *     }
                 */
                "application/json": components["schemas"]["CreateIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": false,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook",
                     *       "signing_secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
                     *     }
                     */
                    "application/json": components["schemas"]["CreateIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listIntegrationsForProduct: {
        parameters: {
            query?: {
                /** @example temp */
                event?: string;
                name?: string;
                integration_type?: string;
                disabled?: boolean;
                page?: number;
                per_page?: number;
                limit?: number;
                cursor?: string;
                search?: string;
                state?: "healthy" | "failing" | "disabled";
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *         "event": "temperature",
                     *         "name": "temperature for example.com",
                     *         "url": "https://example.com/hook",
                     *         "requestType": "POST",
                     *         "deviceID": null,
                     *         "disabled": false,
                     *         "created_at": "2026-01-01T00:00:00.000Z",
                     *         "integration_type": "Webhook"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["ListIntegrationsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createIntegrationForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "integration_type": "Webhook",
                 *       "event": "temperature",
                 *       "url": "https://example.com/hook"
                 *     }
                 */
                "application/json": components["schemas"]["CreateIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": false,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook",
                     *       "signing_secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
                     *     }
                     */
                    "application/json": components["schemas"]["CreateIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listWebhooksForProduct: {
        parameters: {
            query?: {
                event?: string;
                name?: string;
                disabled?: boolean;
                /** @example 1 */
                page?: number;
                per_page?: number;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "integrations": [
                     *         {
                     *           "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *           "event": "temperature",
                     *           "name": "temperature for example.com",
                     *           "url": "https://example.com/hook",
                     *           "requestType": "POST",
                     *           "deviceID": null,
                     *           "disabled": false,
                     *           "created_at": "2026-01-01T00:00:00.000Z",
                     *           "integration_type": "Webhook"
                     *         }
                     *       ],
                     *       "meta": {
                     *         "total_pages": 1,
                     *         "total": 1
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ListWebhooksReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createIntegrationForProductAlias: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "integration_type": "Webhook",
                 *       "event": "temperature",
                 *       "url": "https://example.com/hook"
                 *     }
                 */
                "application/json": components["schemas"]["CreateIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": false,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook",
                     *       "signing_secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
                     *     }
                     */
                    "application/json": components["schemas"]["CreateIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showIntegration: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "integration": {
                     *         "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *         "event": "temperature",
                     *         "name": "temperature for example.com",
                     *         "url": "https://example.com/hook",
                     *         "requestType": "POST",
                     *         "noDefaults": false,
                     *         "rejectUnauthorized": true,
                     *         "disabled": false,
                     *         "signed": true,
                     *         "created_at": "2026-01-01T00:00:00.000Z",
                     *         "integration_type": "Webhook",
                     *         "counters": [],
                     *         "logs": [],
                     *         "errors": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    replaceIntegration: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "integration_type": "Webhook",
                 *       "event": "temperature",
                 *       "url": "https://example.com/hook"
                 *     }
                 */
                "application/json": components["schemas"]["ReplaceIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": false,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook"
                     *     }
                     */
                    "application/json": components["schemas"]["ReplaceIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeIntegration: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RemoveIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    patchIntegration: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "disabled": true
                 *     }
                 */
                "application/json": components["schemas"]["PatchIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": true,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook"
                     *     }
                     */
                    "application/json": components["schemas"]["PatchIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showIntegrationAlias: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "integration": {
                     *         "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *         "event": "temperature",
                     *         "name": "temperature for example.com",
                     *         "url": "https://example.com/hook",
                     *         "requestType": "POST",
                     *         "noDefaults": false,
                     *         "rejectUnauthorized": true,
                     *         "disabled": false,
                     *         "signed": true,
                     *         "created_at": "2026-01-01T00:00:00.000Z",
                     *         "integration_type": "Webhook",
                     *         "counters": [],
                     *         "logs": [],
                     *         "errors": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    replaceIntegrationAlias: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "integration_type": "Webhook",
                 *       "event": "temperature",
                 *       "url": "https://example.com/hook"
                 *     }
                 */
                "application/json": components["schemas"]["ReplaceIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": false,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook"
                     *     }
                     */
                    "application/json": components["schemas"]["ReplaceIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeIntegrationAlias: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RemoveIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    patchIntegrationAlias: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "disabled": true
                 *     }
                 */
                "application/json": components["schemas"]["PatchIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": true,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook"
                     *     }
                     */
                    "application/json": components["schemas"]["PatchIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showIntegrationForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "integration": {
                     *         "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *         "event": "temperature",
                     *         "name": "temperature for example.com",
                     *         "url": "https://example.com/hook",
                     *         "requestType": "POST",
                     *         "noDefaults": false,
                     *         "rejectUnauthorized": true,
                     *         "disabled": false,
                     *         "signed": true,
                     *         "created_at": "2026-01-01T00:00:00.000Z",
                     *         "integration_type": "Webhook",
                     *         "counters": [],
                     *         "logs": [],
                     *         "errors": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    replaceIntegrationForProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "integration_type": "Webhook",
                 *       "event": "temperature",
                 *       "url": "https://example.com/hook"
                 *     }
                 */
                "application/json": components["schemas"]["ReplaceIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": false,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook"
                     *     }
                     */
                    "application/json": components["schemas"]["ReplaceIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeIntegrationForProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RemoveIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    patchIntegrationForProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "disabled": true
                 *     }
                 */
                "application/json": components["schemas"]["PatchIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": true,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook"
                     *     }
                     */
                    "application/json": components["schemas"]["PatchIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showIntegrationForProductAlias: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "integration": {
                     *         "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *         "event": "temperature",
                     *         "name": "temperature for example.com",
                     *         "url": "https://example.com/hook",
                     *         "requestType": "POST",
                     *         "noDefaults": false,
                     *         "rejectUnauthorized": true,
                     *         "disabled": false,
                     *         "signed": true,
                     *         "created_at": "2026-01-01T00:00:00.000Z",
                     *         "integration_type": "Webhook",
                     *         "counters": [],
                     *         "logs": [],
                     *         "errors": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    replaceIntegrationForProductAlias: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "integration_type": "Webhook",
                 *       "event": "temperature",
                 *       "url": "https://example.com/hook"
                 *     }
                 */
                "application/json": components["schemas"]["ReplaceIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": false,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook"
                     *     }
                     */
                    "application/json": components["schemas"]["ReplaceIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeIntegrationForProductAlias: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RemoveIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    patchIntegrationForProductAlias: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "disabled": true
                 *     }
                 */
                "application/json": components["schemas"]["PatchIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": true,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook"
                     *     }
                     */
                    "application/json": components["schemas"]["PatchIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listAttempts: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                /** @example failed */
                outcome?: "ok" | "failed";
                since?: string | number;
                until?: string | number;
                device?: string;
                delivery?: string;
            };
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempts": [
                     *         {
                     *           "delivery": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
                     *           "attempt": 1,
                     *           "ok": false,
                     *           "error": "The target answered 503",
                     *           "event": {
                     *             "id": "0b6b2a6e",
                     *             "name": "temperature",
                     *             "coreid": "0123456789abcdef01234567"
                     *           },
                     *           "started_at": "2026-01-01T00:00:00.000Z",
                     *           "took_ms": 41,
                     *           "next_attempt_at": "2026-01-01T00:00:05.000Z",
                     *           "request": {
                     *             "method": "POST",
                     *             "url": "https://example.com/hook",
                     *             "headers": {
                     *               "content-type": "application/json"
                     *             },
                     *             "body": "{}"
                     *           },
                     *           "reply": {
                     *             "status": 503,
                     *             "content_type": "text/plain",
                     *             "retry_after": null,
                     *             "body": "Later"
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListAttemptsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listAttemptsForProduct: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                /** @example failed */
                outcome?: "ok" | "failed";
                since?: string | number;
                until?: string | number;
                device?: string;
                delivery?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempts": [
                     *         {
                     *           "delivery": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
                     *           "attempt": 1,
                     *           "ok": false,
                     *           "error": "The target answered 503",
                     *           "event": {
                     *             "id": "0b6b2a6e",
                     *             "name": "temperature",
                     *             "coreid": "0123456789abcdef01234567"
                     *           },
                     *           "started_at": "2026-01-01T00:00:00.000Z",
                     *           "took_ms": 41,
                     *           "next_attempt_at": "2026-01-01T00:00:05.000Z",
                     *           "request": {
                     *             "method": "POST",
                     *             "url": "https://example.com/hook",
                     *             "headers": {
                     *               "content-type": "application/json"
                     *             },
                     *             "body": "{}"
                     *           },
                     *           "reply": {
                     *             "status": 503,
                     *             "content_type": "text/plain",
                     *             "retry_after": null,
                     *             "body": "Later"
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListAttemptsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    cloneIntegration: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "event": "humidity"
                 *     }
                 */
                "application/json": components["schemas"]["CloneIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "humidity",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": false,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook",
                     *       "signing_secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
                     *     }
                     */
                    "application/json": components["schemas"]["CloneIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    cloneIntegrationForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "event": "humidity"
                 *     }
                 */
                "application/json": components["schemas"]["CloneIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "humidity",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": false,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook",
                     *       "signing_secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
                     *     }
                     */
                    "application/json": components["schemas"]["CloneIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    enableIntegration: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": false,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook"
                     *     }
                     */
                    "application/json": components["schemas"]["EnableIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    enableIntegrationForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *       "event": "temperature",
                     *       "name": "temperature for example.com",
                     *       "url": "https://example.com/hook",
                     *       "requestType": "POST",
                     *       "deviceID": null,
                     *       "disabled": false,
                     *       "created_at": "2026-01-01T00:00:00.000Z",
                     *       "integration_type": "Webhook"
                     *     }
                     */
                    "application/json": components["schemas"]["EnableIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    rotateSigningSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "overlap": 86400
                 *     }
                 */
                "application/json": components["schemas"]["RotateSigningSecretInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "signing_secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
                     *       "previous_signs_until": "2026-01-02T00:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["RotateSigningSecretReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    rotateSigningSecretForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "overlap": 86400
                 *     }
                 */
                "application/json": components["schemas"]["RotateSigningSecretInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "signing_secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
                     *       "previous_signs_until": "2026-01-02T00:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["RotateSigningSecretReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showLedger: {
        parameters: {
            query?: {
                /** @example 2026-01-01 */
                from?: string | number;
                /** @example 2026-01-02 */
                to?: string | number;
            };
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "from": "2026-01-01T00:00:00.000Z",
                     *       "to": "2026-01-02T00:00:00.000Z",
                     *       "balanced": true,
                     *       "matched": 0,
                     *       "delivered": 0,
                     *       "waiting": 0,
                     *       "dead": 0,
                     *       "discarded": 0,
                     *       "missing": 0,
                     *       "failed_attempts": 0,
                     *       "missing_deliveries": [],
                     *       "buckets": []
                     *     }
                     */
                    "application/json": components["schemas"]["ShowLedgerReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showLedgerForProduct: {
        parameters: {
            query?: {
                /** @example 2026-01-01 */
                from?: string | number;
                /** @example 2026-01-02 */
                to?: string | number;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "from": "2026-01-01T00:00:00.000Z",
                     *       "to": "2026-01-02T00:00:00.000Z",
                     *       "balanced": true,
                     *       "matched": 0,
                     *       "delivered": 0,
                     *       "waiting": 0,
                     *       "dead": 0,
                     *       "discarded": 0,
                     *       "missing": 0,
                     *       "failed_attempts": 0,
                     *       "missing_deliveries": [],
                     *       "buckets": []
                     *     }
                     */
                    "application/json": components["schemas"]["ShowLedgerReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showSeries: {
        parameters: {
            query?: {
                /** @example deliveries */
                metric?: "deliveries" | "backlog" | "events" | "calls";
                integration?: string;
                device?: string;
                /** @example 2026-01-01T00:00:00Z */
                since?: string | number;
                until?: string | number;
                /** @example 3600 */
                step?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "metric": "deliveries",
                     *       "step": 3600,
                     *       "names": [
                     *         "matched",
                     *         "delivered",
                     *         "waiting",
                     *         "dead",
                     *         "discarded",
                     *         "missing",
                     *         "failed"
                     *       ],
                     *       "points": [
                     *         [
                     *           1767225600,
                     *           120,
                     *           118,
                     *           1,
                     *           1,
                     *           0,
                     *           0,
                     *           3
                     *         ],
                     *         [
                     *           1767229200,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0
                     *         ]
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ShowSeriesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showSeriesForProduct: {
        parameters: {
            query?: {
                /** @example deliveries */
                metric?: "deliveries" | "backlog" | "events" | "calls";
                integration?: string;
                device?: string;
                /** @example 2026-01-01T00:00:00Z */
                since?: string | number;
                until?: string | number;
                /** @example 3600 */
                step?: number;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "metric": "deliveries",
                     *       "step": 3600,
                     *       "names": [
                     *         "matched",
                     *         "delivered",
                     *         "waiting",
                     *         "dead",
                     *         "discarded",
                     *         "missing",
                     *         "failed"
                     *       ],
                     *       "points": [
                     *         [
                     *           1767225600,
                     *           120,
                     *           118,
                     *           1,
                     *           1,
                     *           0,
                     *           0,
                     *           3
                     *         ],
                     *         [
                     *           1767229200,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0
                     *         ]
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ShowSeriesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showUsage: {
        parameters: {
            query?: {
                /** @example day */
                by?: "hour" | "day" | "device" | "kind";
                fleet?: string;
                device?: string;
                /** @example 2026-01-30T00:00:00Z */
                from?: string | number;
                /** @example 2026-01-31T00:00:00Z */
                to?: string | number;
                format?: "json" | "csv";
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "fleet": "f1c0ffee",
                     *       "from": "2026-01-30T00:00:00.000Z",
                     *       "to": "2026-01-31T00:00:00.000Z",
                     *       "by": "day",
                     *       "total": {
                     *         "operations": 130,
                     *         "publishes": 118,
                     *         "publish_operations": 126,
                     *         "functions": 3,
                     *         "variables": 1,
                     *         "free_events": 24,
                     *         "deliveries": 118
                     *       },
                     *       "steps": [
                     *         {
                     *           "at": "2026-01-30T00:00:00.000Z",
                     *           "operations": 130,
                     *           "publishes": 118,
                     *           "publish_operations": 126,
                     *           "functions": 3,
                     *           "variables": 1,
                     *           "free_events": 24,
                     *           "deliveries": 118
                     *         }
                     *       ],
                     *       "top_devices": [
                     *         {
                     *           "device": "0123456789abcdef01234567",
                     *           "operations": 130
                     *         }
                     *       ],
                     *       "forecast": {
                     *         "month_begins": "2026-01-01T00:00:00.000Z",
                     *         "month_ends": "2026-02-01T00:00:00.000Z",
                     *         "operations": 3912,
                     *         "expected_operations": 4042,
                     *         "limits": [
                     *           {
                     *             "id": "5f0c3f1e2d4b6a79",
                     *             "name": null,
                     *             "period": "month",
                     *             "limit": 4000,
                     *             "used": 3912,
                     *             "expected": 4042,
                     *             "reached_at": "2026-01-31T16:14:00.000Z"
                     *           }
                     *         ]
                     *       },
                     *       "showback": {
                     *         "dollars": 0.000057,
                     *         "lines": [
                     *           {
                     *             "what": "events: queue",
                     *             "unit": "sqsRequests",
                     *             "quantity": 142,
                     *             "dollars": 0.000057
                     *           }
                     *         ]
                     *       },
                     *       "not_metered": [
                     *         "subscription"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ShowUsageReply"];
                    "text/csv": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showUsageForProduct: {
        parameters: {
            query?: {
                /** @example day */
                by?: "hour" | "day" | "device" | "kind";
                fleet?: string;
                device?: string;
                /** @example 2026-01-30T00:00:00Z */
                from?: string | number;
                /** @example 2026-01-31T00:00:00Z */
                to?: string | number;
                format?: "json" | "csv";
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "fleet": "f1c0ffee",
                     *       "from": "2026-01-30T00:00:00.000Z",
                     *       "to": "2026-01-31T00:00:00.000Z",
                     *       "by": "day",
                     *       "total": {
                     *         "operations": 130,
                     *         "publishes": 118,
                     *         "publish_operations": 126,
                     *         "functions": 3,
                     *         "variables": 1,
                     *         "free_events": 24,
                     *         "deliveries": 118
                     *       },
                     *       "steps": [
                     *         {
                     *           "at": "2026-01-30T00:00:00.000Z",
                     *           "operations": 130,
                     *           "publishes": 118,
                     *           "publish_operations": 126,
                     *           "functions": 3,
                     *           "variables": 1,
                     *           "free_events": 24,
                     *           "deliveries": 118
                     *         }
                     *       ],
                     *       "top_devices": [
                     *         {
                     *           "device": "0123456789abcdef01234567",
                     *           "operations": 130
                     *         }
                     *       ],
                     *       "forecast": {
                     *         "month_begins": "2026-01-01T00:00:00.000Z",
                     *         "month_ends": "2026-02-01T00:00:00.000Z",
                     *         "operations": 3912,
                     *         "expected_operations": 4042,
                     *         "limits": [
                     *           {
                     *             "id": "5f0c3f1e2d4b6a79",
                     *             "name": null,
                     *             "period": "month",
                     *             "limit": 4000,
                     *             "used": 3912,
                     *             "expected": 4042,
                     *             "reached_at": "2026-01-31T16:14:00.000Z"
                     *           }
                     *         ]
                     *       },
                     *       "showback": {
                     *         "dollars": 0.000057,
                     *         "lines": [
                     *           {
                     *             "what": "events: queue",
                     *             "unit": "sqsRequests",
                     *             "quantity": 142,
                     *             "dollars": 0.000057
                     *           }
                     *         ]
                     *       },
                     *       "not_metered": [
                     *         "subscription"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ShowUsageReply"];
                    "text/csv": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listUsageLimits: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "limits": [
                     *         {
                     *           "id": "5f0c3f1e2d4b6a79",
                     *           "scope": "device",
                     *           "target": "0123456789abcdef01234567",
                     *           "period": "month",
                     *           "limit": 10000,
                     *           "action": "slow",
                     *           "name": "pump 7",
                     *           "created_at": "2026-01-02T10:00:00.000Z",
                     *           "period_begins": "2026-01-01T00:00:00.000Z",
                     *           "period_ends": "2026-02-01T00:00:00.000Z",
                     *           "used": 3912,
                     *           "percent": 39.1,
                     *           "expected": 12130,
                     *           "reached_at": "2026-01-26T04:10:00.000Z",
                     *           "in_force": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListUsageLimitsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createUsageLimit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "scope": "device",
                 *       "target": "0123456789abcdef01234567",
                 *       "period": "month",
                 *       "limit": 10000,
                 *       "action": "slow",
                 *       "name": "pump 7"
                 *     }
                 */
                "application/json": components["schemas"]["CreateUsageLimitInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "limit": {
                     *         "id": "5f0c3f1e2d4b6a79",
                     *         "scope": "device",
                     *         "target": "0123456789abcdef01234567",
                     *         "period": "month",
                     *         "limit": 10000,
                     *         "action": "slow",
                     *         "name": "pump 7",
                     *         "created_at": "2026-01-02T10:00:00.000Z",
                     *         "period_begins": "2026-01-01T00:00:00.000Z",
                     *         "period_ends": "2026-02-01T00:00:00.000Z",
                     *         "used": 0,
                     *         "percent": 0,
                     *         "expected": 12130,
                     *         "reached_at": "2026-01-26T04:10:00.000Z",
                     *         "in_force": false
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CreateUsageLimitReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listUsageLimitsForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "limits": [
                     *         {
                     *           "id": "5f0c3f1e2d4b6a79",
                     *           "scope": "device",
                     *           "target": "0123456789abcdef01234567",
                     *           "period": "month",
                     *           "limit": 10000,
                     *           "action": "slow",
                     *           "name": "pump 7",
                     *           "created_at": "2026-01-02T10:00:00.000Z",
                     *           "period_begins": "2026-01-01T00:00:00.000Z",
                     *           "period_ends": "2026-02-01T00:00:00.000Z",
                     *           "used": 3912,
                     *           "percent": 39.1,
                     *           "expected": 12130,
                     *           "reached_at": "2026-01-26T04:10:00.000Z",
                     *           "in_force": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListUsageLimitsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createUsageLimitForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "scope": "device",
                 *       "target": "0123456789abcdef01234567",
                 *       "period": "month",
                 *       "limit": 10000,
                 *       "action": "slow",
                 *       "name": "pump 7"
                 *     }
                 */
                "application/json": components["schemas"]["CreateUsageLimitInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "limit": {
                     *         "id": "5f0c3f1e2d4b6a79",
                     *         "scope": "device",
                     *         "target": "0123456789abcdef01234567",
                     *         "period": "month",
                     *         "limit": 10000,
                     *         "action": "slow",
                     *         "name": "pump 7",
                     *         "created_at": "2026-01-02T10:00:00.000Z",
                     *         "period_begins": "2026-01-01T00:00:00.000Z",
                     *         "period_ends": "2026-02-01T00:00:00.000Z",
                     *         "used": 0,
                     *         "percent": 0,
                     *         "expected": 12130,
                     *         "reached_at": "2026-01-26T04:10:00.000Z",
                     *         "in_force": false
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CreateUsageLimitReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showUsageLimit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 5f0c3f1e2d4b6a79 */
                usage_limit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "limit": {
                     *         "id": "5f0c3f1e2d4b6a79",
                     *         "scope": "device",
                     *         "target": "0123456789abcdef01234567",
                     *         "period": "month",
                     *         "limit": 10000,
                     *         "action": "slow",
                     *         "name": "pump 7",
                     *         "created_at": "2026-01-02T10:00:00.000Z",
                     *         "period_begins": "2026-01-01T00:00:00.000Z",
                     *         "period_ends": "2026-02-01T00:00:00.000Z",
                     *         "used": 3912,
                     *         "percent": 39.1,
                     *         "expected": 12130,
                     *         "reached_at": "2026-01-26T04:10:00.000Z",
                     *         "in_force": false
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowUsageLimitReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    replaceUsageLimit: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @example 5f0c3f1e2d4b6a79 */
                usage_limit: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "limit": 20000,
                 *       "action": "park"
                 *     }
                 */
                "application/json": components["schemas"]["ReplaceUsageLimitInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "limit": {
                     *         "id": "5f0c3f1e2d4b6a79",
                     *         "scope": "device",
                     *         "target": "0123456789abcdef01234567",
                     *         "period": "month",
                     *         "limit": 20000,
                     *         "action": "park",
                     *         "name": null,
                     *         "created_at": "2026-01-02T10:00:00.000Z",
                     *         "period_begins": "2026-01-01T00:00:00.000Z",
                     *         "period_ends": "2026-02-01T00:00:00.000Z",
                     *         "used": 3912,
                     *         "percent": 19.6,
                     *         "expected": 12130,
                     *         "reached_at": "2026-01-26T04:10:00.000Z",
                     *         "in_force": false
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ReplaceUsageLimitReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeUsageLimit: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @example 5f0c3f1e2d4b6a79 */
                usage_limit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showUsageLimitForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 5f0c3f1e2d4b6a79 */
                usage_limit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "limit": {
                     *         "id": "5f0c3f1e2d4b6a79",
                     *         "scope": "device",
                     *         "target": "0123456789abcdef01234567",
                     *         "period": "month",
                     *         "limit": 10000,
                     *         "action": "slow",
                     *         "name": "pump 7",
                     *         "created_at": "2026-01-02T10:00:00.000Z",
                     *         "period_begins": "2026-01-01T00:00:00.000Z",
                     *         "period_ends": "2026-02-01T00:00:00.000Z",
                     *         "used": 3912,
                     *         "percent": 39.1,
                     *         "expected": 12130,
                     *         "reached_at": "2026-01-26T04:10:00.000Z",
                     *         "in_force": false
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowUsageLimitReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    replaceUsageLimitForProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 5f0c3f1e2d4b6a79 */
                usage_limit: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "limit": 20000,
                 *       "action": "park"
                 *     }
                 */
                "application/json": components["schemas"]["ReplaceUsageLimitInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "limit": {
                     *         "id": "5f0c3f1e2d4b6a79",
                     *         "scope": "device",
                     *         "target": "0123456789abcdef01234567",
                     *         "period": "month",
                     *         "limit": 20000,
                     *         "action": "park",
                     *         "name": null,
                     *         "created_at": "2026-01-02T10:00:00.000Z",
                     *         "period_begins": "2026-01-01T00:00:00.000Z",
                     *         "period_ends": "2026-02-01T00:00:00.000Z",
                     *         "used": 3912,
                     *         "percent": 19.6,
                     *         "expected": 12130,
                     *         "reached_at": "2026-01-26T04:10:00.000Z",
                     *         "in_force": false
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ReplaceUsageLimitReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeUsageLimitForProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 5f0c3f1e2d4b6a79 */
                usage_limit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listServiceAgreements: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "f1c0ffee",
                     *           "type": "service_agreement",
                     *           "attributes": {
                     *             "owner_id": "ada@example.com",
                     *             "owner_type": "User",
                     *             "name": "Godwit",
                     *             "agreement_type": "self-hosted",
                     *             "duration": "monthly",
                     *             "state": "active",
                     *             "starts_on": "2026-01-01T00:00:00.000Z",
                     *             "ends_on": null,
                     *             "current_billing_period_start": "2026-01-01T00:00:00.000Z",
                     *             "current_billing_period_end": "2026-02-01T00:00:00.000Z",
                     *             "next_billing_period_start": "2026-02-01T00:00:00.000Z",
                     *             "current_usage_summary": {
                     *               "device_limit_reached": false,
                     *               "connectivity": {
                     *                 "all": {
                     *                   "device_messages": 130,
                     *                   "device_data": 0.13
                     *                 }
                     *               }
                     *             },
                     *             "pricing_terms": {
                     *               "device": {
                     *                 "max_devices": null
                     *               },
                     *               "messaging": {
                     *                 "max_messages": null
                     *               },
                     *               "device_data": {
                     *                 "uom": "MB",
                     *                 "max_data": null
                     *               }
                     *             }
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListServiceAgreementsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listServiceAgreementsForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "f1c0ffee",
                     *           "type": "service_agreement",
                     *           "attributes": {
                     *             "owner_id": "ada@example.com",
                     *             "owner_type": "User",
                     *             "name": "Godwit",
                     *             "agreement_type": "self-hosted",
                     *             "duration": "monthly",
                     *             "state": "active",
                     *             "starts_on": "2026-01-01T00:00:00.000Z",
                     *             "ends_on": null,
                     *             "current_billing_period_start": "2026-01-01T00:00:00.000Z",
                     *             "current_billing_period_end": "2026-02-01T00:00:00.000Z",
                     *             "next_billing_period_start": "2026-02-01T00:00:00.000Z",
                     *             "current_usage_summary": {
                     *               "device_limit_reached": false,
                     *               "connectivity": {
                     *                 "all": {
                     *                   "device_messages": 130,
                     *                   "device_data": 0.13
                     *                 }
                     *               }
                     *             },
                     *             "pricing_terms": {
                     *               "device": {
                     *                 "max_devices": null
                     *               },
                     *               "messaging": {
                     *                 "max_messages": null
                     *               },
                     *               "device_data": {
                     *                 "uom": "MB",
                     *                 "max_data": null
                     *               }
                     *             }
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListServiceAgreementsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listOrganizationAgreements: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example acme */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": []
                     *     }
                     */
                    "application/json": components["schemas"]["ListOrganizationAgreementsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listUsageNotices: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example f1c0ffee */
                agreement: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "5f0c3f1e2d4b6a79-2026-01-01-10000-90",
                     *           "type": "notification",
                     *           "attributes": {
                     *             "state": "sent",
                     *             "event_name": "usage/notice",
                     *             "time_period": "month",
                     *             "created_at": "2026-01-24T08:31:20.000Z",
                     *             "resource_id": "0123456789abcdef01234567",
                     *             "resource_type": "Device",
                     *             "details": {
                     *               "limit_id": "5f0c3f1e2d4b6a79",
                     *               "name": "pump 7",
                     *               "kind": "threshold",
                     *               "percent": 90,
                     *               "scope": "device",
                     *               "target": "0123456789abcdef01234567",
                     *               "action": "slow",
                     *               "period": "month",
                     *               "period_begins": "2026-01-01T00:00:00.000Z",
                     *               "period_ends": "2026-02-01T00:00:00.000Z",
                     *               "limit": 10000,
                     *               "used": 9003,
                     *               "expected": 12130,
                     *               "reached_at": "2026-01-26T04:10:00.000Z"
                     *             }
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListUsageNoticesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listUsageNoticesForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example f1c0ffee */
                agreement: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "5f0c3f1e2d4b6a79-2026-01-01-10000-90",
                     *           "type": "notification",
                     *           "attributes": {
                     *             "state": "sent",
                     *             "event_name": "usage/notice",
                     *             "time_period": "month",
                     *             "created_at": "2026-01-24T08:31:20.000Z",
                     *             "resource_id": "0123456789abcdef01234567",
                     *             "resource_type": "Device",
                     *             "details": {
                     *               "limit_id": "5f0c3f1e2d4b6a79",
                     *               "name": "pump 7",
                     *               "kind": "threshold",
                     *               "percent": 90,
                     *               "scope": "device",
                     *               "target": "0123456789abcdef01234567",
                     *               "action": "slow",
                     *               "period": "month",
                     *               "period_begins": "2026-01-01T00:00:00.000Z",
                     *               "period_ends": "2026-02-01T00:00:00.000Z",
                     *               "limit": 10000,
                     *               "used": 9003,
                     *               "expected": 12130,
                     *               "reached_at": "2026-01-26T04:10:00.000Z"
                     *             }
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListUsageNoticesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listOrganizationNotices: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example acme */
                org: string;
                /** @example f1c0ffee */
                agreement: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": []
                     *     }
                     */
                    "application/json": components["schemas"]["ListOrganizationNoticesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createUsageReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example f1c0ffee */
                agreement: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "report_type": "devices",
                 *       "date_period_start": "2026-01-01",
                 *       "date_period_end": "2026-02-01"
                 *     }
                 */
                "application/json": components["schemas"]["CreateUsageReportInput"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": {
                     *         "id": "WyJhYmMiLHt9XQ",
                     *         "type": "usage_report",
                     *         "attributes": {
                     *           "state": "pending",
                     *           "service_agreement_id": "f1c0ffee",
                     *           "date_period_start": "2026-01-01T00:00:00.000Z",
                     *           "date_period_end": "2026-02-01T00:00:00.000Z",
                     *           "created_at": "2026-02-01T12:00:00.000Z",
                     *           "expires_at": "2026-02-08T12:00:00.000Z",
                     *           "report_type": "devices",
                     *           "report_params": {
                     *             "devices": [],
                     *             "products": [],
                     *             "recipient_list": []
                     *           },
                     *           "download_url": null
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CreateUsageReportReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createUsageReportForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example f1c0ffee */
                agreement: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "report_type": "devices",
                 *       "date_period_start": "2026-01-01",
                 *       "date_period_end": "2026-02-01"
                 *     }
                 */
                "application/json": components["schemas"]["CreateUsageReportInput"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": {
                     *         "id": "WyJhYmMiLHt9XQ",
                     *         "type": "usage_report",
                     *         "attributes": {
                     *           "state": "pending",
                     *           "service_agreement_id": "f1c0ffee",
                     *           "date_period_start": "2026-01-01T00:00:00.000Z",
                     *           "date_period_end": "2026-02-01T00:00:00.000Z",
                     *           "created_at": "2026-02-01T12:00:00.000Z",
                     *           "expires_at": "2026-02-08T12:00:00.000Z",
                     *           "report_type": "devices",
                     *           "report_params": {
                     *             "devices": [],
                     *             "products": [],
                     *             "recipient_list": []
                     *           },
                     *           "download_url": null
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CreateUsageReportReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showUsageReport: {
        parameters: {
            query?: {
                format?: "json" | "csv";
                cursor?: string;
            };
            header?: never;
            path: {
                /** @example WyJhYmMiLHt9XQ */
                report: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": {
                     *         "id": "WyJhYmMiLHt9XQ",
                     *         "type": "usage_report",
                     *         "attributes": {
                     *           "state": "pending",
                     *           "service_agreement_id": "f1c0ffee",
                     *           "date_period_start": "2026-01-01T00:00:00.000Z",
                     *           "date_period_end": "2026-02-01T00:00:00.000Z",
                     *           "created_at": "2026-02-01T12:00:00.000Z",
                     *           "expires_at": "2026-02-08T12:00:00.000Z",
                     *           "report_type": "devices",
                     *           "report_params": {
                     *             "devices": [],
                     *             "products": [],
                     *             "recipient_list": []
                     *           },
                     *           "download_url": null
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowUsageReportReply"];
                    "text/csv": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showUsageReportForProduct: {
        parameters: {
            query?: {
                format?: "json" | "csv";
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example WyJhYmMiLHt9XQ */
                report: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": {
                     *         "id": "WyJhYmMiLHt9XQ",
                     *         "type": "usage_report",
                     *         "attributes": {
                     *           "state": "pending",
                     *           "service_agreement_id": "f1c0ffee",
                     *           "date_period_start": "2026-01-01T00:00:00.000Z",
                     *           "date_period_end": "2026-02-01T00:00:00.000Z",
                     *           "created_at": "2026-02-01T12:00:00.000Z",
                     *           "expires_at": "2026-02-08T12:00:00.000Z",
                     *           "report_type": "devices",
                     *           "report_params": {
                     *             "devices": [],
                     *             "products": [],
                     *             "recipient_list": []
                     *           },
                     *           "download_url": null
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowUsageReportReply"];
                    "text/csv": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    previewNewIntegration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "template": {
                 *         "integration_type": "Webhook",
                 *         "event": "temperature",
                 *         "url": "https://example.com/hook"
                 *       },
                 *       "event": {
                 *         "name": "temperature",
                 *         "data": "21.5"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PreviewNewIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "event": {
                     *             "id": "5f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f",
                     *             "name": "temperature",
                     *             "data": "21.5",
                     *             "coreid": "0123456789abcdef01234567",
                     *             "published_at": "2026-01-01T00:00:00.000Z"
                     *           },
                     *           "matches": true,
                     *           "request": {
                     *             "method": "POST",
                     *             "url": "https://example.com/hook",
                     *             "headers": {
                     *               "content-type": "application/json"
                     *             },
                     *             "body": "{\"event\":\"temperature\",\"data\":\"21.5\"}"
                     *           }
                     *         }
                     *       ],
                     *       "from": "given"
                     *     }
                     */
                    "application/json": components["schemas"]["PreviewNewIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    previewNewIntegrationForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "template": {
                 *         "integration_type": "Webhook",
                 *         "event": "temperature",
                 *         "url": "https://example.com/hook"
                 *       },
                 *       "event": {
                 *         "name": "temperature",
                 *         "data": "21.5"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PreviewNewIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "event": {
                     *             "id": "5f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f",
                     *             "name": "temperature",
                     *             "data": "21.5",
                     *             "coreid": "0123456789abcdef01234567",
                     *             "published_at": "2026-01-01T00:00:00.000Z"
                     *           },
                     *           "matches": true,
                     *           "request": {
                     *             "method": "POST",
                     *             "url": "https://example.com/hook",
                     *             "headers": {
                     *               "content-type": "application/json"
                     *             },
                     *             "body": "{\"event\":\"temperature\",\"data\":\"21.5\"}"
                     *           }
                     *         }
                     *       ],
                     *       "from": "given"
                     *     }
                     */
                    "application/json": components["schemas"]["PreviewNewIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    previewIntegration: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "event": {
                 *         "name": "temperature",
                 *         "data": "21.5"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PreviewIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "event": {
                     *             "id": "5f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f",
                     *             "name": "temperature",
                     *             "data": "21.5",
                     *             "coreid": "0123456789abcdef01234567",
                     *             "published_at": "2026-01-01T00:00:00.000Z"
                     *           },
                     *           "matches": true,
                     *           "request": {
                     *             "method": "POST",
                     *             "url": "https://example.com/hook",
                     *             "headers": {
                     *               "content-type": "application/json"
                     *             },
                     *             "body": "{\"event\":\"temperature\",\"data\":\"21.5\"}"
                     *           }
                     *         }
                     *       ],
                     *       "from": "given"
                     *     }
                     */
                    "application/json": components["schemas"]["PreviewIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    previewIntegrationForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "event": {
                 *         "name": "temperature",
                 *         "data": "21.5"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PreviewIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "event": {
                     *             "id": "5f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f",
                     *             "name": "temperature",
                     *             "data": "21.5",
                     *             "coreid": "0123456789abcdef01234567",
                     *             "published_at": "2026-01-01T00:00:00.000Z"
                     *           },
                     *           "matches": true,
                     *           "request": {
                     *             "method": "POST",
                     *             "url": "https://example.com/hook",
                     *             "headers": {
                     *               "content-type": "application/json"
                     *             },
                     *             "body": "{\"event\":\"temperature\",\"data\":\"21.5\"}"
                     *           }
                     *         }
                     *       ],
                     *       "from": "given"
                     *     }
                     */
                    "application/json": components["schemas"]["PreviewIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    testIntegration: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "event": {
                 *         "data": "21.5"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["TestIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "verdict": "delivered",
                     *       "took_ms": 85,
                     *       "request": {
                     *         "method": "POST",
                     *         "url": "https://example.com/hook",
                     *         "headers": {
                     *           "content-type": "application/json"
                     *         },
                     *         "body": "{\"event\":\"temperature\",\"data\":\"21.5\"}"
                     *       },
                     *       "reply": {
                     *         "status": 204,
                     *         "content_type": null,
                     *         "body": ""
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["TestIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    testIntegrationForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "event": {
                 *         "data": "21.5"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["TestIntegrationInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "verdict": "delivered",
                     *       "took_ms": 85,
                     *       "request": {
                     *         "method": "POST",
                     *         "url": "https://example.com/hook",
                     *         "headers": {
                     *           "content-type": "application/json"
                     *         },
                     *         "body": "{\"event\":\"temperature\",\"data\":\"21.5\"}"
                     *       },
                     *       "reply": {
                     *         "status": 204,
                     *         "content_type": null,
                     *         "body": ""
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["TestIntegrationReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listArchivedEvents: {
        parameters: {
            query?: {
                since?: string | number;
                until?: string | number;
                /** @example temperature */
                prefix?: string;
                device?: string;
                /** @example 50 */
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "id": "5f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f",
                     *           "name": "temperature",
                     *           "data": "21.5",
                     *           "coreid": "0123456789abcdef01234567",
                     *           "published_at": "2026-01-01T00:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListArchivedEventsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listArchivedEventsForProduct: {
        parameters: {
            query?: {
                since?: string | number;
                until?: string | number;
                /** @example temperature */
                prefix?: string;
                device?: string;
                /** @example 50 */
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "id": "5f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f",
                     *           "name": "temperature",
                     *           "data": "21.5",
                     *           "coreid": "0123456789abcdef01234567",
                     *           "published_at": "2026-01-01T00:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListArchivedEventsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listPages: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "pages": [
                     *         {
                     *           "id": "001764583200000-8f14e45fceea167a",
                     *           "dedup_key": "godwit/alarms/us-east-1/Godwit-Region-us-east-1-QueuesBehind",
                     *           "state": "open",
                     *           "region": "us-east-1",
                     *           "watcher": "eu-west-1",
                     *           "summary": "A queue falls behind.",
                     *           "severity": "error",
                     *           "components": [
                     *             "events"
                     *           ],
                     *           "parts": [],
                     *           "reason": "Threshold Crossed",
                     *           "runbook": "a-queue-falls-behind",
                     *           "since": "2025-12-01T10:00:00.000Z",
                     *           "resolved_at": null,
                     *           "deliveries": [
                     *             {
                     *               "receiver": "on-call",
                     *               "told": "trigger",
                     *               "dead_letter": null,
                     *               "failures": 0,
                     *               "next_attempt_at": null,
                     *               "attempts": [
                     *                 {
                     *                   "at": "2025-12-01T10:00:05.000Z",
                     *                   "event": "trigger",
                     *                   "result": "the receiver answered 202"
                     *                 }
                     *               ]
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListPagesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    replayPage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 001764583200000-8f14e45fceea167a */
                page: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": {
                     *         "id": "001764583200000-8f14e45fceea167a",
                     *         "dedup_key": "godwit/alarms/us-east-1/Godwit-Region-us-east-1-QueuesBehind",
                     *         "state": "open",
                     *         "region": "us-east-1",
                     *         "watcher": "eu-west-1",
                     *         "summary": "A queue falls behind.",
                     *         "severity": "error",
                     *         "components": [
                     *           "events"
                     *         ],
                     *         "parts": [],
                     *         "reason": "Threshold Crossed",
                     *         "runbook": "a-queue-falls-behind",
                     *         "since": "2025-12-01T10:00:00.000Z",
                     *         "resolved_at": null,
                     *         "deliveries": [
                     *           {
                     *             "receiver": "on-call",
                     *             "told": "trigger",
                     *             "dead_letter": null,
                     *             "failures": 0,
                     *             "next_attempt_at": null,
                     *             "attempts": [
                     *               {
                     *                 "at": "2025-12-01T10:00:05.000Z",
                     *                 "event": "trigger",
                     *                 "result": "the receiver answered 202"
                     *               }
                     *             ]
                     *           }
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayPageReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showAcknowledgement: {
        parameters: {
            query: {
                /** @example us-east-1 */
                region: string;
                /** @example 0c2f8a4e */
                test: string;
                /** @example sns */
                way: "sns" | "watcher";
                /** @example Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE */
                signature: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["ShowAcknowledgementReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            403: components["responses"]["Error403-unauthorized"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    acknowledge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "region": "us-east-1",
                 *       "test": "0c2f8a4e",
                 *       "way": "sns",
                 *       "signature": "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"
                 *     }
                 */
                "application/json": components["schemas"]["AcknowledgeInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["AcknowledgeReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            403: components["responses"]["Error403-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showOperations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at": "2026-12-01T10:00:00.000Z",
                     *       "region": "us-east-1",
                     *       "regions": [
                     *         "us-east-1"
                     *       ],
                     *       "problems": [
                     *         "us-east-1: A queue falls behind. (docs/runbook.md#a-queue-falls-behind)"
                     *       ],
                     *       "unavailable": [],
                     *       "components": [
                     *         {
                     *           "region": "us-east-1",
                     *           "component": "events",
                     *           "name": "Events",
                     *           "status": "degraded_performance",
                     *           "since": "2026-12-01T09:58:00.000Z"
                     *         }
                     *       ],
                     *       "alarms_firing": 1,
                     *       "alarms": [
                     *         {
                     *           "region": "us-east-1",
                     *           "name": "Godwit-Region-us-east-1-QueuesBehind",
                     *           "summary": "A queue falls behind.",
                     *           "severity": "error",
                     *           "components": [
                     *             "events"
                     *           ],
                     *           "runbook": "a-queue-falls-behind",
                     *           "since": "2026-12-01T09:58:00.000Z",
                     *           "reason": "Threshold Crossed",
                     *           "contributors": [],
                     *           "composite": true,
                     *           "grouped": false,
                     *           "pages": true
                     *         }
                     *       ],
                     *       "queues": [
                     *         {
                     *           "region": "us-east-1",
                     *           "name": "Godwit-Region-us-east-1-Events",
                     *           "oldest_seconds": 421,
                     *           "visible": 80,
                     *           "at": "2026-12-01T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "ledger": [
                     *         {
                     *           "region": "us-east-1",
                     *           "missing": 0,
                     *           "overdue": 0,
                     *           "overdue_integrations": [],
                     *           "counted_at": "2026-12-01T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "pages": {
                     *         "open": [
                     *           {
                     *             "id": "001764583200000-8f14e45fceea167a",
                     *             "region": "us-east-1",
                     *             "summary": "A queue falls behind.",
                     *             "severity": "error",
                     *             "since": "2026-12-01T09:58:00.000Z",
                     *             "receivers_told": 1,
                     *             "receivers": 1
                     *           }
                     *         ],
                     *         "failed_deliveries": []
                     *       },
                     *       "self_tests": [
                     *         {
                     *           "region": "us-east-1",
                     *           "at": "2026-12-01T10:00:00.000Z",
                     *           "ways": [
                     *             {
                     *               "way": "watcher",
                     *               "acknowledged_at": "2026-12-01T10:00:00.000Z",
                     *               "overdue": false
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "heartbeats": [
                     *         {
                     *           "from": "us-east-1",
                     *           "by": "us-east-1",
                     *           "at": "2026-12-01T10:00:00.000Z",
                     *           "silent": false
                     *         }
                     *       ],
                     *       "canaries": [
                     *         {
                     *           "region": "us-east-1",
                     *           "checks": [
                     *             {
                     *               "check": "api",
                     *               "passed": true,
                     *               "latency_ms": 41,
                     *               "at": "2026-12-01T10:00:00.000Z"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "incidents": [],
                     *       "last_drill": {
                     *         "date": "2026-11-30",
                     *         "drill": "queue-service-down",
                     *         "place": "one machine",
                     *         "passed": true,
                     *         "recovered_seconds": 10.5,
                     *         "paged_seconds": 95,
                     *         "lost": 0
                     *       },
                     *       "drills": [
                     *         {
                     *           "date": "2026-11-30",
                     *           "drill": "queue-service-down",
                     *           "place": "one machine",
                     *           "passed": true,
                     *           "recovered_seconds": 10.5,
                     *           "paged_seconds": 95,
                     *           "lost": 0
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ShowOperationsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listDeadLetters: {
        parameters: {
            query?: {
                limit?: number;
                after?: string;
                cursor?: string;
                since?: string | number;
                until?: string | number;
                from?: string | number;
                to?: string | number;
                reason?: string;
                /** @example 503 */
                status?: number;
                event?: string;
                device?: string;
            };
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "dead_letters": [
                     *         {
                     *           "id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
                     *           "reason": "The target answered 503",
                     *           "status": 503,
                     *           "attempts": 12,
                     *           "failed_at": "2026-01-02T00:00:00.000Z",
                     *           "event": {
                     *             "id": "5f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f",
                     *             "name": "temperature",
                     *             "data": "21.5",
                     *             "coreid": "0123456789abcdef01234567",
                     *             "published_at": "2026-01-01T00:00:00.000Z"
                     *           }
                     *         }
                     *       ],
                     *       "unreadable": 0,
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ListDeadLettersReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeDeadLetters: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "all": true
                 *     }
                 */
                "application/json": components["schemas"]["RemoveDeadLettersInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "removed": 1,
                     *       "more": false
                     *     }
                     */
                    "application/json": components["schemas"]["RemoveDeadLettersReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listDeadLettersForProduct: {
        parameters: {
            query?: {
                limit?: number;
                after?: string;
                cursor?: string;
                since?: string | number;
                until?: string | number;
                from?: string | number;
                to?: string | number;
                reason?: string;
                /** @example 503 */
                status?: number;
                event?: string;
                device?: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "dead_letters": [
                     *         {
                     *           "id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
                     *           "reason": "The target answered 503",
                     *           "status": 503,
                     *           "attempts": 12,
                     *           "failed_at": "2026-01-02T00:00:00.000Z",
                     *           "event": {
                     *             "id": "5f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f",
                     *             "name": "temperature",
                     *             "data": "21.5",
                     *             "coreid": "0123456789abcdef01234567",
                     *             "published_at": "2026-01-01T00:00:00.000Z"
                     *           }
                     *         }
                     *       ],
                     *       "unreadable": 0,
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ListDeadLettersReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeDeadLettersForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "all": true
                 *     }
                 */
                "application/json": components["schemas"]["RemoveDeadLettersInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "removed": 1,
                     *       "more": false
                     *     }
                     */
                    "application/json": components["schemas"]["RemoveDeadLettersReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showDeadLetter: {
        parameters: {
            query?: {
                /** @example 2026-01-02T00:00:00.000Z */
                failed_at?: string | number;
            };
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
                /** @example msg_2KWPBgLlAfxdpx2AI54pPJ85f4W */
                letter: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "dead_letter": {
                     *         "id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
                     *         "reason": "The target answered 503",
                     *         "status": 503,
                     *         "attempts": 12,
                     *         "failed_at": "2026-01-02T00:00:00.000Z",
                     *         "event": {
                     *           "id": "5f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f",
                     *           "name": "temperature",
                     *           "data": "21.5",
                     *           "coreid": "0123456789abcdef01234567",
                     *           "published_at": "2026-01-01T00:00:00.000Z"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowDeadLetterReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeDeadLetter: {
        parameters: {
            query?: {
                failed_at?: string | number;
            };
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
                /** @example msg_2KWPBgLlAfxdpx2AI54pPJ85f4W */
                letter: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RemoveDeadLetterReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showDeadLetterForProduct: {
        parameters: {
            query?: {
                /** @example 2026-01-02T00:00:00.000Z */
                failed_at?: string | number;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
                /** @example msg_2KWPBgLlAfxdpx2AI54pPJ85f4W */
                letter: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "dead_letter": {
                     *         "id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
                     *         "reason": "The target answered 503",
                     *         "status": 503,
                     *         "attempts": 12,
                     *         "failed_at": "2026-01-02T00:00:00.000Z",
                     *         "event": {
                     *           "id": "5f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f",
                     *           "name": "temperature",
                     *           "data": "21.5",
                     *           "coreid": "0123456789abcdef01234567",
                     *           "published_at": "2026-01-01T00:00:00.000Z"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowDeadLetterReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeDeadLetterForProduct: {
        parameters: {
            query?: {
                failed_at?: string | number;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
                /** @example msg_2KWPBgLlAfxdpx2AI54pPJ85f4W */
                letter: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RemoveDeadLetterReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    replayDeadLetters: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "status": 503
                 *     }
                 */
                "application/json": components["schemas"]["ReplayDeadLettersInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayDeadLettersReply"];
                };
            };
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "job": {
                     *         "id": "1767225600000-0a1b2c3d",
                     *         "integration_id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *         "kind": "replay",
                     *         "filter": {
                     *           "status": 503
                     *         },
                     *         "state": "running",
                     *         "stop_reason": null,
                     *         "total": 100,
                     *         "at_least": false,
                     *         "done": 40,
                     *         "failed": 0,
                     *         "left": 60,
                     *         "per_second": 10,
                     *         "rate": 10,
                     *         "started_at": "2026-01-01T00:00:00.000Z",
                     *         "updated_at": "2026-01-01T00:00:04.000Z",
                     *         "estimated_end": "2026-01-01T00:00:10.000Z",
                     *         "region": "us-east-1"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayDeadLettersReply202"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict-integration_disabled-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    replayDeadLettersForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "status": 503
                 *     }
                 */
                "application/json": components["schemas"]["ReplayDeadLettersInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayDeadLettersReply"];
                };
            };
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "job": {
                     *         "id": "1767225600000-0a1b2c3d",
                     *         "integration_id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *         "kind": "replay",
                     *         "filter": {
                     *           "status": 503
                     *         },
                     *         "state": "running",
                     *         "stop_reason": null,
                     *         "total": 100,
                     *         "at_least": false,
                     *         "done": 40,
                     *         "failed": 0,
                     *         "left": 60,
                     *         "per_second": 10,
                     *         "rate": 10,
                     *         "started_at": "2026-01-01T00:00:00.000Z",
                     *         "updated_at": "2026-01-01T00:00:04.000Z",
                     *         "estimated_end": "2026-01-01T00:00:10.000Z",
                     *         "region": "us-east-1"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayDeadLettersReply202"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict-integration_disabled-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    backfill: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from": "2026-01-01",
                 *       "plan": true
                 *     }
                 */
                "application/json": components["schemas"]["BackfillInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": true,
                     *       "count": 100,
                     *       "at_least": false,
                     *       "bytes": 25000,
                     *       "oldest": "2026-01-01T00:00:00.000Z",
                     *       "newest": "2026-01-01T12:00:00.000Z",
                     *       "per_second": 10,
                     *       "expected_seconds": 10,
                     *       "expected_dollars": 0.0003
                     *     }
                     */
                    "application/json": components["schemas"]["BackfillReply"];
                };
            };
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillReply202"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict-integration_disabled-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    backfillForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from": "2026-01-01",
                 *       "plan": true
                 *     }
                 */
                "application/json": components["schemas"]["BackfillInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": true,
                     *       "count": 100,
                     *       "at_least": false,
                     *       "bytes": 25000,
                     *       "oldest": "2026-01-01T00:00:00.000Z",
                     *       "newest": "2026-01-01T12:00:00.000Z",
                     *       "per_second": 10,
                     *       "expected_seconds": 10,
                     *       "expected_dollars": 0.0003
                     *     }
                     */
                    "application/json": components["schemas"]["BackfillReply"];
                };
            };
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillReply202"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict-integration_disabled-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listJobs: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                state?: "running" | "done" | "stopped";
            };
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "jobs": [
                     *         {
                     *           "id": "1767225600000-0a1b2c3d",
                     *           "integration_id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *           "kind": "replay",
                     *           "filter": {
                     *             "status": 503
                     *           },
                     *           "state": "running",
                     *           "stop_reason": null,
                     *           "total": 100,
                     *           "at_least": false,
                     *           "done": 40,
                     *           "failed": 0,
                     *           "left": 60,
                     *           "per_second": 10,
                     *           "rate": 10,
                     *           "started_at": "2026-01-01T00:00:00.000Z",
                     *           "updated_at": "2026-01-01T00:00:04.000Z",
                     *           "estimated_end": "2026-01-01T00:00:10.000Z",
                     *           "region": "us-east-1"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListJobsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listJobsForProduct: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                state?: "running" | "done" | "stopped";
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "jobs": [
                     *         {
                     *           "id": "1767225600000-0a1b2c3d",
                     *           "integration_id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *           "kind": "replay",
                     *           "filter": {
                     *             "status": 503
                     *           },
                     *           "state": "running",
                     *           "stop_reason": null,
                     *           "total": 100,
                     *           "at_least": false,
                     *           "done": 40,
                     *           "failed": 0,
                     *           "left": 60,
                     *           "per_second": 10,
                     *           "rate": 10,
                     *           "started_at": "2026-01-01T00:00:00.000Z",
                     *           "updated_at": "2026-01-01T00:00:04.000Z",
                     *           "estimated_end": "2026-01-01T00:00:10.000Z",
                     *           "region": "us-east-1"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListJobsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
                /** @example 1767225600000-0a1b2c3d */
                job: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "job": {
                     *         "id": "1767225600000-0a1b2c3d",
                     *         "integration_id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *         "kind": "replay",
                     *         "filter": {
                     *           "status": 503
                     *         },
                     *         "state": "running",
                     *         "stop_reason": null,
                     *         "total": 100,
                     *         "at_least": false,
                     *         "done": 40,
                     *         "failed": 0,
                     *         "left": 60,
                     *         "per_second": 10,
                     *         "rate": 10,
                     *         "started_at": "2026-01-01T00:00:00.000Z",
                     *         "updated_at": "2026-01-01T00:00:04.000Z",
                     *         "estimated_end": "2026-01-01T00:00:10.000Z",
                     *         "region": "us-east-1"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowJobReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    stopJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
                /** @example 1767225600000-0a1b2c3d */
                job: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["StopJobReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showJobForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
                /** @example 1767225600000-0a1b2c3d */
                job: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "job": {
                     *         "id": "1767225600000-0a1b2c3d",
                     *         "integration_id": "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d",
                     *         "kind": "replay",
                     *         "filter": {
                     *           "status": 503
                     *         },
                     *         "state": "running",
                     *         "stop_reason": null,
                     *         "total": 100,
                     *         "at_least": false,
                     *         "done": 40,
                     *         "failed": 0,
                     *         "left": 60,
                     *         "per_second": 10,
                     *         "rate": 10,
                     *         "started_at": "2026-01-01T00:00:00.000Z",
                     *         "updated_at": "2026-01-01T00:00:04.000Z",
                     *         "estimated_end": "2026-01-01T00:00:10.000Z",
                     *         "region": "us-east-1"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowJobReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    stopJobForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
                /** @example 0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d */
                integration: string;
                /** @example 1767225600000-0a1b2c3d */
                job: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["StopJobReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showArchive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "archive": {
                     *         "enabled": true,
                     *         "days": 30
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowArchiveReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    changeArchive: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "enabled": true,
                 *       "days": 30
                 *     }
                 */
                "application/json": components["schemas"]["ChangeArchiveInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "archive": {
                     *         "enabled": true,
                     *         "days": 30
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeArchiveReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showArchiveForProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description The version, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "archive": {
                     *         "enabled": true,
                     *         "days": 30
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowArchiveReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    changeArchiveForProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. Without it, any version is changed. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "enabled": true,
                 *       "days": 30
                 *     }
                 */
                "application/json": components["schemas"]["ChangeArchiveInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "archive": {
                     *         "enabled": true,
                     *         "days": 30
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeArchiveReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            412: components["responses"]["Error412-precondition_failed"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showConcern: {
        parameters: {
            query?: {
                /** @example 3kxq1p0a9f2c */
                incident?: string;
                from?: string | number;
                to?: string | number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "incident": "3kxq1p0a9f2c",
                     *       "from": "2026-01-01T10:00:00.000Z",
                     *       "to": "2026-01-01T11:00:00.000Z",
                     *       "concerned": true,
                     *       "balanced": true,
                     *       "balanced_at": "2026-01-01T11:04:10.000Z",
                     *       "provisional": false,
                     *       "deliveries": {
                     *         "accepted": 120,
                     *         "delivered": 118,
                     *         "late": 30,
                     *         "pending": 0,
                     *         "dead_lettered": 2,
                     *         "discarded": 0,
                     *         "missing": 0,
                     *         "failed_attempts": 41
                     *       },
                     *       "missing_deliveries": [],
                     *       "integrations_checked": 3,
                     *       "integrations": [],
                     *       "devices": {
                     *         "checked": 12,
                     *         "complete": true,
                     *         "disconnected": 0,
                     *         "reconnected": 0,
                     *         "disconnected_ids": [],
                     *         "reconnected_ids": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowConcernReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showConcernForProduct: {
        parameters: {
            query?: {
                /** @example 3kxq1p0a9f2c */
                incident?: string;
                from?: string | number;
                to?: string | number;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "incident": "3kxq1p0a9f2c",
                     *       "from": "2026-01-01T10:00:00.000Z",
                     *       "to": "2026-01-01T11:00:00.000Z",
                     *       "concerned": true,
                     *       "balanced": true,
                     *       "balanced_at": "2026-01-01T11:04:10.000Z",
                     *       "provisional": false,
                     *       "deliveries": {
                     *         "accepted": 120,
                     *         "delivered": 118,
                     *         "late": 30,
                     *         "pending": 0,
                     *         "dead_lettered": 2,
                     *         "discarded": 0,
                     *         "missing": 0,
                     *         "failed_attempts": 41
                     *       },
                     *       "missing_deliveries": [],
                     *       "integrations_checked": 3,
                     *       "integrations": [],
                     *       "devices": {
                     *         "checked": 12,
                     *         "complete": true,
                     *         "disconnected": 0,
                     *         "reconnected": 0,
                     *         "disconnected_ids": [],
                     *         "reconnected_ids": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ShowConcernReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listIncidents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "incidents": [
                     *         {
                     *           "id": "3kxq1p0a9f2c",
                     *           "type": "incident",
                     *           "name": "Webhooks are late",
                     *           "status": "investigating",
                     *           "impact": "minor",
                     *           "automatic": false,
                     *           "started_at": "2026-01-01T10:00:00.000Z",
                     *           "detected_at": null,
                     *           "shown_at": null,
                     *           "resolved_at": null,
                     *           "scheduled_for": null,
                     *           "scheduled_until": null,
                     *           "affected": [
                     *             {
                     *               "component": "integrations",
                     *               "region": "us-east-1",
                     *               "status": "degraded_performance"
                     *             }
                     *           ],
                     *           "alarms": [],
                     *           "updates": [
                     *             {
                     *               "id": "3kxq1p0b1c2d",
                     *               "at": "2026-01-01T10:00:00.000Z",
                     *               "status": "investigating",
                     *               "body": "Deliveries of webhooks are late. We investigate.",
                     *               "automatic": false
                     *             }
                     *           ],
                     *           "postmortem": null,
                     *           "merged": [],
                     *           "version": "0f1e2d3c4b5a6978"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListIncidentsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    openIncident: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Webhooks are late",
                 *       "body": "Deliveries of webhooks are late. We investigate.",
                 *       "affected": [
                 *         {
                 *           "component": "integrations",
                 *           "region": "us-east-1",
                 *           "status": "degraded_performance"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["OpenIncidentInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "incident": {
                     *         "id": "3kxq1p0a9f2c",
                     *         "type": "incident",
                     *         "name": "Webhooks are late",
                     *         "status": "investigating",
                     *         "impact": "minor",
                     *         "automatic": false,
                     *         "started_at": "2026-01-01T10:00:00.000Z",
                     *         "detected_at": null,
                     *         "shown_at": null,
                     *         "resolved_at": null,
                     *         "scheduled_for": null,
                     *         "scheduled_until": null,
                     *         "affected": [
                     *           {
                     *             "component": "integrations",
                     *             "region": "us-east-1",
                     *             "status": "degraded_performance"
                     *           }
                     *         ],
                     *         "alarms": [],
                     *         "updates": [
                     *           {
                     *             "id": "3kxq1p0b1c2d",
                     *             "at": "2026-01-01T10:00:00.000Z",
                     *             "status": "investigating",
                     *             "body": "Deliveries of webhooks are late. We investigate.",
                     *             "automatic": false
                     *           }
                     *         ],
                     *         "postmortem": null,
                     *         "merged": [],
                     *         "version": "0f1e2d3c4b5a6978"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["OpenIncidentReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showIncident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 3kxq1p0a9f2c */
                incident: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "incident": {
                     *         "id": "3kxq1p0a9f2c",
                     *         "type": "incident",
                     *         "name": "Webhooks are late",
                     *         "status": "investigating",
                     *         "impact": "minor",
                     *         "automatic": false,
                     *         "started_at": "2026-01-01T10:00:00.000Z",
                     *         "detected_at": null,
                     *         "shown_at": null,
                     *         "resolved_at": null,
                     *         "scheduled_for": null,
                     *         "scheduled_until": null,
                     *         "affected": [
                     *           {
                     *             "component": "integrations",
                     *             "region": "us-east-1",
                     *             "status": "degraded_performance"
                     *           }
                     *         ],
                     *         "alarms": [],
                     *         "updates": [
                     *           {
                     *             "id": "3kxq1p0b1c2d",
                     *             "at": "2026-01-01T10:00:00.000Z",
                     *             "status": "investigating",
                     *             "body": "Deliveries of webhooks are late. We investigate.",
                     *             "automatic": false
                     *           }
                     *         ],
                     *         "postmortem": null,
                     *         "merged": [],
                     *         "version": "0f1e2d3c4b5a6978"
                     *       },
                     *       "log": [
                     *         {
                     *           "at": "2026-01-01T10:00:00.000Z",
                     *           "by": "ada@example.com",
                     *           "action": "open",
                     *           "update": "3kxq1p0b1c2d"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ShowIncidentReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    writePostmortem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 3kxq1p0a9f2c */
                incident: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "postmortem": "# What happened"
                 *     }
                 */
                "application/json": components["schemas"]["WritePostmortemInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "incident": {
                     *         "id": "3kxq1p0a9f2c",
                     *         "type": "incident",
                     *         "name": "Webhooks are late",
                     *         "status": "postmortem",
                     *         "impact": "minor",
                     *         "automatic": false,
                     *         "started_at": "2026-01-01T10:00:00.000Z",
                     *         "detected_at": null,
                     *         "shown_at": null,
                     *         "resolved_at": null,
                     *         "scheduled_for": null,
                     *         "scheduled_until": null,
                     *         "affected": [
                     *           {
                     *             "component": "integrations",
                     *             "region": "us-east-1",
                     *             "status": "degraded_performance"
                     *           }
                     *         ],
                     *         "alarms": [],
                     *         "updates": [
                     *           {
                     *             "id": "3kxq1p0b1c2d",
                     *             "at": "2026-01-01T10:00:00.000Z",
                     *             "status": "investigating",
                     *             "body": "Deliveries of webhooks are late. We investigate.",
                     *             "automatic": false
                     *           }
                     *         ],
                     *         "postmortem": {
                     *           "at": "2026-01-02T10:00:00.000Z",
                     *           "body": "# What happened"
                     *         },
                     *         "merged": [],
                     *         "version": "0f1e2d3c4b5a6978"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["WritePostmortemReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-refused-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    updateIncident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 3kxq1p0a9f2c */
                incident: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "body": "We found the cause.",
                 *       "status": "identified"
                 *     }
                 */
                "application/json": components["schemas"]["UpdateIncidentInput"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "incident": {
                     *         "id": "3kxq1p0a9f2c",
                     *         "type": "incident",
                     *         "name": "Webhooks are late",
                     *         "status": "identified",
                     *         "impact": "minor",
                     *         "automatic": false,
                     *         "started_at": "2026-01-01T10:00:00.000Z",
                     *         "detected_at": null,
                     *         "shown_at": null,
                     *         "resolved_at": null,
                     *         "scheduled_for": null,
                     *         "scheduled_until": null,
                     *         "affected": [
                     *           {
                     *             "component": "integrations",
                     *             "region": "us-east-1",
                     *             "status": "degraded_performance"
                     *           }
                     *         ],
                     *         "alarms": [],
                     *         "updates": [
                     *           {
                     *             "id": "3kxq1p0b1c2d",
                     *             "at": "2026-01-01T10:00:00.000Z",
                     *             "status": "investigating",
                     *             "body": "Deliveries of webhooks are late. We investigate.",
                     *             "automatic": false
                     *           }
                     *         ],
                     *         "postmortem": null,
                     *         "merged": [],
                     *         "version": "0f1e2d3c4b5a6978"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["UpdateIncidentReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-refused-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    mergeIncident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 3kxq1p0z8y7x */
                incident: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "merged_into": "3kxq1p0a9f2c"
                 *     }
                 */
                "application/json": components["schemas"]["MergeIncidentInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "incident": {
                     *         "id": "3kxq1p0a9f2c",
                     *         "type": "incident",
                     *         "name": "Webhooks are late",
                     *         "status": "investigating",
                     *         "impact": "minor",
                     *         "automatic": false,
                     *         "started_at": "2026-01-01T10:00:00.000Z",
                     *         "detected_at": null,
                     *         "shown_at": null,
                     *         "resolved_at": null,
                     *         "scheduled_for": null,
                     *         "scheduled_until": null,
                     *         "affected": [
                     *           {
                     *             "component": "integrations",
                     *             "region": "us-east-1",
                     *             "status": "degraded_performance"
                     *           }
                     *         ],
                     *         "alarms": [],
                     *         "updates": [
                     *           {
                     *             "id": "3kxq1p0b1c2d",
                     *             "at": "2026-01-01T10:00:00.000Z",
                     *             "status": "investigating",
                     *             "body": "Deliveries of webhooks are late. We investigate.",
                     *             "automatic": false
                     *           }
                     *         ],
                     *         "postmortem": null,
                     *         "merged": [
                     *           "3kxq1p0z8y7x"
                     *         ],
                     *         "version": "0f1e2d3c4b5a6978"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["MergeIncidentReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listNotices: {
        parameters: {
            query?: {
                after?: string;
                /** @example dead */
                state?: "waiting" | "delivered" | "dead" | "skipped";
            };
            header?: never;
            path: {
                /** @example 3kxq1p0a9f2c */
                incident: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "notices": [],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ListNoticesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    replayNotices: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 3kxq1p0a9f2c */
                incident: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["ReplayNoticesInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "replayed": 2,
                     *       "complete": true
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayNoticesReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-conflict"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    requestSubscription: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "components": [
                 *         "events"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["RequestSubscriptionInput"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "message": "If the address is valid, it gets a mail with a link that confirms the subscription."
                     *     }
                     */
                    "application/json": components["schemas"]["RequestSubscriptionReply"];
                    "text/html": string;
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            403: components["responses"]["Error403-refused"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showConfirmation: {
        parameters: {
            query: {
                /** @example s-0123456789abcdef01234567.Xb2f… */
                token: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "kind": "email",
                     *       "components": [
                     *         "events"
                     *       ],
                     *       "regions": [],
                     *       "active": false
                     *     }
                     */
                    "application/json": components["schemas"]["ShowConfirmationReply"];
                    "text/html": string;
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    confirmSubscription: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "s-0123456789abcdef01234567.Xb2f…"
                 *     }
                 */
                "application/json": components["schemas"]["ConfirmSubscriptionInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["ConfirmSubscriptionReply"];
                    "text/html": string;
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    showUnsubscription: {
        parameters: {
            query: {
                /** @example s-0123456789abcdef01234567.Xb2f… */
                token: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "kind": "email",
                     *       "components": [
                     *         "events"
                     *       ],
                     *       "regions": [],
                     *       "active": true
                     *     }
                     */
                    "application/json": components["schemas"]["ShowUnsubscriptionReply"];
                    "text/html": string;
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    unsubscribe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "s-0123456789abcdef01234567.Xb2f…"
                 *     }
                 */
                "application/json": components["schemas"]["UnsubscribeInput"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["UnsubscribeReply"];
                    "text/html": string;
                };
            };
            400: components["responses"]["Error400-invalid_grant-invalid_request"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listContacts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "contacts": []
                     *     }
                     */
                    "application/json": components["schemas"]["ListContactsReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    addContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "email": "ops@example.com"
                 *     }
                 */
                "application/json": components["schemas"]["AddContactInput"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "message": "If the address is valid, it gets a mail with a link that confirms the subscription."
                     *     }
                     */
                    "application/json": components["schemas"]["AddContactReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-refused-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            409: components["responses"]["Error409-limit_reached"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    removeContact: {
        parameters: {
            query: {
                /** @example p7-0123456789abcdef01234567 */
                id: string;
            };
            header?: never;
            path: {
                /** @description The id or the slug of the product. */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["RemoveContactReply"];
                };
            };
            400: components["responses"]["Error400-invalid_request"];
            401: components["responses"]["Error401-invalid_token"];
            403: components["responses"]["Error403-cross_origin-invalid_csrf_token-unauthorized"];
            404: components["responses"]["Error404-not_found"];
            413: components["responses"]["Error413-too_large"];
            429: components["responses"]["Error429-too_many_requests"];
            503: components["responses"]["Error503-unavailable"];
            "5XX": components["responses"]["ServerError"];
        };
    };
}
