<?php
// AsyncAws, a whole client of AWS's for PHP, without a line about a proxy.
require '/usr/share/php/AsyncAws/Sns/autoload.php';

$sns = new AsyncAws\Sns\SnsClient(['region' => 'eu-west-1']);
echo $sns->createTopic(['Name' => 'from-async-aws'])->getTopicArn(), "\n";
