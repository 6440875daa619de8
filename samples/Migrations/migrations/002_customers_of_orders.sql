-- Written as anybody would; each becomes steps that stop nobody.
ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;
ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customer;
CREATE INDEX orders_customer_id ON orders (customer_id);
