//! The AWS SDK for Rust through the proxy. What a program has to add for it is `http_client`.

use std::error::Error;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CompletedMultipartUpload, CompletedPart, CreateBucketConfiguration,
    Delete, ObjectIdentifier,
};
use aws_smithy_http_client::{Builder, Connector, proxy::ProxyConfig, tls};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // As in docs/clients.md, with the cryptography that leastwise is built with, too.
    let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
    let http_client = Builder::new().build_with_connector_fn(move |settings, _| {
        let mut connector =
            Connector::builder().proxy_config(ProxyConfig::from_env()).tls_provider(tls.clone());
        connector.set_connector_settings(settings.cloned());
        connector.build()
    });
    let config = aws_config::from_env().http_client(http_client).load().await;

    objects(&aws_sdk_s3::Client::new(&config)).await?;
    messages(&aws_sdk_sqs::Client::new(&config)).await
}

async fn objects(s3: &aws_sdk_s3::Client) -> Result<(), Box<dyn Error>> {
    let place = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::EuWest1)
        .build();
    s3.create_bucket().bucket("crates").create_bucket_configuration(place).send().await?;

    let small = ByteStream::from_static(b"small");
    s3.put_object().bucket("crates").key("notes/read me.txt").body(small).send().await?;
    let got = s3.get_object().bucket("crates").key("notes/read me.txt").send().await?;
    assert_eq!(&*got.body.collect().await?.to_vec(), b"small");

    let upload = s3.create_multipart_upload().bucket("crates").key("one.tar").send().await?;
    let id = upload.upload_id().ok_or("no upload id")?;
    let part = s3
        .upload_part()
        .bucket("crates")
        .key("one.tar")
        .upload_id(id)
        .part_number(1)
        .body(ByteStream::from(vec![7; 6 << 20]))
        .send()
        .await?;
    let part = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag).build();
    s3.complete_multipart_upload()
        .bucket("crates")
        .key("one.tar")
        .upload_id(id)
        .multipart_upload(CompletedMultipartUpload::builder().parts(part).build())
        .send()
        .await?;

    let source = "crates/one.tar";
    s3.copy_object().bucket("crates").key("two.tar").copy_source(source).send().await?;
    let missing = s3.head_object().bucket("crates").key("three.tar").send().await;
    assert!(missing.is_err_and(|error| error.into_service_error().is_not_found()));
    let two = ObjectIdentifier::builder().key("two.tar").build()?;
    let delete = Delete::builder().objects(two).build()?;
    s3.delete_objects().bucket("crates").delete(delete).send().await?;
    Ok(())
}

async fn messages(sqs: &aws_sdk_sqs::Client) -> Result<(), Box<dyn Error>> {
    let queue = sqs.create_queue().queue_name("releases").tags("app", "crates").send().await?;
    let url = queue.queue_url().ok_or("no queue URL")?;
    sqs.send_message().queue_url(url).message_body("1").send().await?;
    let received = sqs.receive_message().queue_url(url).send().await?;
    let message = received.messages().first().ok_or("no message")?;
    let handle = message.receipt_handle().ok_or("no receipt handle")?;
    sqs.delete_message().queue_url(url).receipt_handle(handle).send().await?;
    Ok(())
}
