"""User pools of Cognito with a client, a group and a user, and an identity pool."""

from common import TAGS, client

cognito, identities = client("cognito-idp"), client("cognito-identity")

for name, tags in (("shop", TAGS), ("plain", {})):
    pool = cognito.create_user_pool(PoolName=name, UserPoolTags=tags)["UserPool"]["Id"]
    app = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="web", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.describe_user_pool(UserPoolId=pool)
    cognito.describe_user_pool_client(UserPoolId=pool, ClientId=app)
    cognito.update_user_pool_client(UserPoolId=pool, ClientId=app, ClientName="browser")
    cognito.create_user_pool_domain(UserPoolId=pool, Domain=f"{name}-users")
    cognito.create_group(UserPoolId=pool, GroupName="staff")
    cognito.admin_create_user(UserPoolId=pool, Username="ann", MessageAction="SUPPRESS")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username="ann", GroupName="staff")
    cognito.list_users(UserPoolId=pool)
    together = identities.create_identity_pool(
        IdentityPoolName=name,
        AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[{"ProviderName": f"cognito-idp.eu-west-1.amazonaws.com/{pool}", "ClientId": app}],
        IdentityPoolTags=tags,
    )["IdentityPoolId"]
    identities.describe_identity_pool(IdentityPoolId=together)
    identities.update_identity_pool(
        IdentityPoolId=together, IdentityPoolName=f"{name}-visitors", AllowUnauthenticatedIdentities=False
    )

    identities.delete_identity_pool(IdentityPoolId=together)
    cognito.admin_delete_user(UserPoolId=pool, Username="ann")
    cognito.delete_group(UserPoolId=pool, GroupName="staff")
    cognito.delete_user_pool_domain(UserPoolId=pool, Domain=f"{name}-users")
    cognito.delete_user_pool_client(UserPoolId=pool, ClientId=app)
    cognito.delete_user_pool(UserPoolId=pool)
