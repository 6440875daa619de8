-- Written as anybody would. On a table with rows each becomes steps that stop nobody; on an empty one it is run as it is.
ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;
ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customer;
CREATE INDEX orders_customer_id ON orders (customer_id);
