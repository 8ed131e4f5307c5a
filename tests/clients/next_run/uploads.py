"""Objects whose names have a hash, a time or a UUID in them, in one piece and in parts."""

import hashlib
import io
import os
import uuid
from datetime import datetime, timezone

from boto3.s3.transfer import TransferConfig

from common import REGION, client

s3 = client("s3")

s3.create_bucket(Bucket="shop-releases", CreateBucketConfiguration={"LocationConstraint": REGION})
content = os.urandom(11 << 20)
sha256, md5 = hashlib.sha256(content).hexdigest(), hashlib.md5(content).hexdigest()
now = datetime.now(timezone.utc)
names = [
    f"releases/{now:%Y-%m-%dT%H-%M-%SZ}/app-{sha256}.zip",
    f"assets/{md5}",
    f"uploads/{uuid.uuid4()}.bin",
    f"backup-{now:%Y%m%d%H%M%S}.tar.gz",
]
parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
for name in names:
    s3.upload_fileobj(io.BytesIO(content), "shop-releases", name, Config=parts)
    s3.head_object(Bucket="shop-releases", Key=name)

# By hand; and one that is given up.
made = {"Bucket": "shop-releases", "Key": f"by-hand/{sha256[:40]}/film.mp4"}
upload = s3.create_multipart_upload(**made)["UploadId"]
done = s3.upload_part(**made, UploadId=upload, PartNumber=1, Body=b"all of it")["ETag"]
s3.list_parts(**made, UploadId=upload)
s3.complete_multipart_upload(
    **made, UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": done}]}
)
given_up = {"Bucket": "shop-releases", "Key": f"uploads/{uuid.uuid4()}.bin"}
upload = s3.create_multipart_upload(**given_up)["UploadId"]
s3.abort_multipart_upload(**given_up, UploadId=upload)
# A name that stays.
s3.put_object(Bucket="shop-releases", Key="latest.txt", Body=sha256.encode())
s3.get_object(Bucket="shop-releases", Key="latest.txt")["Body"].read()

doomed = [{"Key": name} for name in [*names, made["Key"], "latest.txt"]]
s3.delete_objects(Bucket="shop-releases", Delete={"Objects": doomed})
s3.delete_bucket(Bucket="shop-releases")
