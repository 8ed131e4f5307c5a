"""opensearch-py, with AWS's signatures: an index is made, a document put, and looked for."""

import boto3
from opensearchpy import AWSV4SignerAuth, OpenSearch, RequestsHttpConnection

auth = AWSV4SignerAuth(boto3.Session().get_credentials(), "eu-west-1", "es")
host = "search-my-movies-abcdefghijklmnopqrstuvwxyz.eu-west-1.es.amazonaws.com"
client = OpenSearch([{"host": host, "port": 443}], http_auth=auth, use_ssl=True, connection_class=RequestsHttpConnection)
client.indices.create(index="movies")
client.index(index="movies", body={"title": "x"}, id="1")
client.search(index="movies", body={"query": {"match_all": {}}})
