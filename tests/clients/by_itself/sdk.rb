# AWS's SDK for Ruby, without a line about a proxy.
require 'aws-sdk-s3'

s3 = Aws::S3::Client.new
place = { location_constraint: 'eu-west-1' }
s3.create_bucket(bucket: 'from-ruby', create_bucket_configuration: place)
s3.put_object(bucket: 'from-ruby', key: 'reports/one', body: 'hello')
puts s3.get_object(bucket: 'from-ruby', key: 'reports/one').body.read
