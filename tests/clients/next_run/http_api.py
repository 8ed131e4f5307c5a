"""An HTTP API of API Gateway: an integration, routes, an authorizer, a stage."""

from common import TAGS, client

gateway = client("apigatewayv2")

for tags in (TAGS, {}):
    api = gateway.create_api(Name="shop", ProtocolType="HTTP", Tags=tags)["ApiId"]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri="https://shop.example",
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    route = gateway.create_route(ApiId=api, RouteKey="GET /orders", Target=f"integrations/{integration}")["RouteId"]
    authorizer = gateway.create_authorizer(
        ApiId=api,
        Name="visitors",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Audience": ["shop"], "Issuer": "https://shop.example"},
    )["AuthorizerId"]
    gateway.create_stage(ApiId=api, StageName="live", AutoDeploy=True, Tags=tags)
    gateway.get_api(ApiId=api)
    gateway.get_routes(ApiId=api)
    gateway.get_integration(ApiId=api, IntegrationId=integration)
    gateway.update_route(ApiId=api, RouteId=route, AuthorizationType="JWT", AuthorizerId=authorizer)
    gateway.update_api(ApiId=api, Description="the shop")

    gateway.delete_route(ApiId=api, RouteId=route)
    gateway.delete_authorizer(ApiId=api, AuthorizerId=authorizer)
    gateway.delete_integration(ApiId=api, IntegrationId=integration)
    gateway.delete_stage(ApiId=api, StageName="live")
    gateway.delete_api(ApiId=api)
