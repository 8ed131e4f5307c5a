"""A REST API of API Gateway: resources, methods, a deployment and its stage, keys and a plan for those who use it."""

from common import TAGS, client

gateway = client("apigateway")

api = gateway.create_rest_api(name="shop", tags=TAGS)["id"]
plain = gateway.create_rest_api(name="plain")["id"]
for one in (api, plain):
    # The root resource came with the API.
    root = gateway.get_resources(restApiId=one)["items"][0]["id"]
    orders = gateway.create_resource(restApiId=one, parentId=root, pathPart="orders")["id"]
    order = gateway.create_resource(restApiId=one, parentId=orders, pathPart="{id}")["id"]
    for resource, method in ((root, "GET"), (orders, "POST"), (order, "GET")):
        named = {"restApiId": one, "resourceId": resource, "httpMethod": method}
        gateway.put_method(**named, authorizationType="NONE")
        gateway.put_integration(**named, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
        gateway.put_method_response(**named, statusCode="200")
        gateway.put_integration_response(**named, statusCode="200")
        gateway.get_method(**named)
    gateway.get_resource(restApiId=one, resourceId=order)
    deployment = gateway.create_deployment(restApiId=one)["id"]
    gateway.get_deployment(restApiId=one, deploymentId=deployment)
    gateway.create_stage(restApiId=one, stageName="live", deploymentId=deployment, tags=TAGS if one == api else {})
    validator = gateway.create_request_validator(restApiId=one, name="body", validateRequestBody=True)["id"]
    described = [{"op": "replace", "path": "/description", "value": "the shop"}]
    gateway.update_rest_api(restApiId=one, patchOperations=described)
    gateway.update_stage(restApiId=one, stageName="live", patchOperations=described)

    gateway.delete_request_validator(restApiId=one, requestValidatorId=validator)
    gateway.delete_method(restApiId=one, resourceId=order, httpMethod="GET")
    gateway.delete_resource(restApiId=one, resourceId=order)

key = gateway.create_api_key(name="reader", enabled=True, tags=TAGS)["id"]
plan = gateway.create_usage_plan(name="free", apiStages=[{"apiId": api, "stage": "live"}], tags=TAGS)["id"]
gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
gateway.get_usage_plan(usagePlanId=plan)
gateway.get_api_key(apiKey=key)

gateway.delete_usage_plan_key(usagePlanId=plan, keyId=key)
gateway.delete_usage_plan(usagePlanId=plan)
gateway.delete_api_key(apiKey=key)
for one in (api, plain):
    gateway.delete_stage(restApiId=one, stageName="live")
    gateway.delete_rest_api(restApiId=one)
