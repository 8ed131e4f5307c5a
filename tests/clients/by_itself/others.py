"""aiobotocore, and s3fs on top of it: AWS's SDK for Python over aiohttp, without a line about a proxy."""

import asyncio

import s3fs
from aiobotocore.session import get_session


async def main():
    session = get_session()
    async with session.create_client("s3") as s3:
        place = {"LocationConstraint": "eu-west-1"}
        await s3.create_bucket(Bucket="from-aiobotocore", CreateBucketConfiguration=place)
    async with session.create_client("dynamodb") as dynamodb:
        await dynamodb.list_tables()


asyncio.run(main())
files = s3fs.S3FileSystem()
with files.open("from-aiobotocore/reports/one", "wb") as file:
    file.write(b"hello")
print(files.cat("from-aiobotocore/reports/one").decode())
