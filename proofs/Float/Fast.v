(* The bilinear ops, faster: for each element o of the result and i of the left operand, only those
   elements k of the right one are visited whose coordinates can fit, axis by axis. The order of the sum
   stays; what is left out are terms 0. *)
From Coq Require Import ZArith List Bool Lia.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Op.
Import ListNotations.
Open Scope Z_scope.

(* ---- the executable definitions ---- *)
(* The indices of shape s whose coordinate v on axis a, numbered from `first`, has fits a v. *)
Fixpoint box (fits : Z -> Z -> bool) (first : Z) (s : shape) : list idx :=
  match s with
  | [] => [[]]
  | d :: s => let rest := box fits (first + 1) s in
              flat_map (fun v => map (cons v) rest) (filter (fits first) (zseq d))
  end.
Definition fast_bilinear {A} (S : scalar A) (rel : idx -> idx -> idx -> bool) (fits : idx -> idx -> Z -> Z -> bool)
  (sx sy : shape) (x y : idx -> A) : idx -> A :=
  fun o => sumL S (fun i => sumL S (fun k => smul S (x i) (y k)) (filter (rel o i) (box (fits o i) 0 sy)))
             (indices sx).

(* If axis a is one of these, v is the value beside it. *)
Fixpoint agrees (values : list Z) (on : axes) (a v : Z) : bool :=
  match values, on with
  | x :: values, b :: on => (negb (a =? b) || (x =? v)) && agrees values on a v
  | _, _ => true
  end.
Definition dot_fits (lb rb lc rc : axes) (nl nr : Z) (o i : idx) (a v : Z) : bool :=
  agrees (pick lb i) rb a v && agrees (pick lc i) rc a v
  && agrees (skipn (length lb + length (free_axes nl lb lc)) o) (free_axes nr rb rc) a v.

Fixpoint sliding_fits_axis (l : list sliding) (o i : list Z) (kernels : axes) (a v : Z) : bool :=
  match l, o, i, kernels with
  | s :: l, p :: o, q :: i, b :: kernels =>
      (negb (a =? b) || sliding_meets s p q v) && sliding_fits_axis l o i kernels a v
  | _, _, _, _ => true
  end.
Definition conv_fits (c : conv) (sx sk : shape) (o i : idx) (a v : Z) : bool :=
  let n := c_dims c in
  (negb (a =? c_kernel_output n) || (znth o (c_output_feature n) =? v))
  && sliding_fits_axis (conv_slidings c sx sk) (pick (c_output_spatial n) o) (pick (c_input_spatial n) i)
       (c_kernel_spatial n) a v.

Definition fast_sem {A} (S : scalar A) (op : op) (ats : list ty) (rt : ty) (vs : list (idx -> A)) : idx -> A :=
  match op, map snd ats, vs with
  | DotGeneral lb rb lc rc, [sx; sy], [x; y] =>
      tab S (snd rt) (fast_bilinear S (dot_rel lb rb lc rc (rank sx) (rank sy))
                        (dot_fits lb rb lc rc (rank sx) (rank sy)) sx sy x y)
  | Convolution c, [sx; sk], [x; k] =>
      tab S (snd rt) (fast_bilinear S (conv_rel c sx sk) (conv_fits c sx sk) sx sk x k)
  | _, _, _ => sem S op ats rt vs
  end.

(* ---- they compute the same ---- *)
(* 0 + a = a for every sum a. Over R that holds for every a; over floats for all but -0, which no sum is
   that starts with 0. *)
Record sums_well {A} (S : scalar A) (is_sum : A -> Prop) := {
  sum_nothing : is_sum (s0 S);
  sum_one_more : forall x a, is_sum a -> is_sum (sadd S x a);
  sum_zero : forall a, is_sum a -> sadd S (s0 S) a = a }.

Section Same.
  Context {A : Type} (S : scalar A) (is_sum : A -> Prop) (W : sums_well S is_sum).

  Lemma sumL_is_sum {X} (f : X -> A) l : is_sum (sumL S f l).
  Proof. induction l; simpl. apply W. apply W; auto. Qed.
  (* sum of [p x] f x over l  =  sum of f x over the x in l with p x *)
  Lemma sumL_filter {X} (p : X -> bool) (f : X -> A) l :
    sumL S (fun x => if p x then f x else s0 S) l = sumL S f (filter p l).
  Proof.
    induction l as [|x l IH]; simpl; auto. destruct (p x); simpl; rewrite IH; auto.
    apply (sum_zero _ _ W), sumL_is_sum.
  Qed.
End Same.

Lemma sumL_same {A} (S : scalar A) {X} (f g : X -> A) l : (forall x, f x = g x) -> sumL S f l = sumL S g l.
Proof. intros H. induction l; simpl; auto. rewrite H, IHl; auto. Qed.
Lemma filter_flat_map {X Y} (p : Y -> bool) (f : X -> list Y) l :
  filter p (flat_map f l) = flat_map (fun x => filter p (f x)) l.
Proof. induction l; simpl; auto. rewrite filter_app, IHl; auto. Qed.
Lemma filter_map {X Y} (p : Y -> bool) (f : X -> Y) l : filter p (map f l) = map f (filter (fun x => p (f x)) l).
Proof. induction l; simpl; auto. destruct (p (f a)); simpl; rewrite IHl; auto. Qed.
Lemma filter_none {X} (p : X -> bool) l : (forall x, p x = false) -> filter p l = [].
Proof. intros H. induction l; simpl; auto. rewrite H; auto. Qed.
(* What f maps to nothing may be left out. *)
Lemma flat_map_filter {X Y} (p : X -> bool) (f g : X -> list Y) l :
  (forall x, p x = true -> f x = g x) -> (forall x, p x = false -> g x = []) ->
  flat_map f (filter p l) = flat_map g l.
Proof.
  intros T F. induction l as [|x l IH]; simpl; auto. destruct (p x) eqn:E; simpl.
  - rewrite IH, (T x E); auto.
  - rewrite IH, (F x E); auto.
Qed.

Lemma znth_next v k j : 0 <= j -> znth (v :: k) (1 + j) = znth k j.
Proof. intros H. unfold znth. replace (Z.to_nat (1 + j)) with (S (Z.to_nat j)) by lia. auto. Qed.
(* The box holds all indices that `rel` picks, if these fit on every axis; and in their order. *)
Lemma filter_box rel fits s first :
  (forall k j, rel k = true -> 0 <= j -> fits (first + j) (znth k j) = true) ->
  filter rel (box fits first s) = filter rel (indices s).
Proof.
  revert rel first; induction s as [|d s IH]; intros rel first H; simpl; auto.
  rewrite !filter_flat_map. apply flat_map_filter; intros v E; rewrite !filter_map.
  - f_equal. apply (IH (fun k => rel (v :: k))). intros k j R J.
    replace (first + 1 + j) with (first + (1 + j)) by lia. rewrite <- (znth_next v) by auto. apply H; auto. lia.
  - rewrite filter_none; auto. intros k. destruct (rel (v :: k)) eqn:R; auto.
    generalize (H _ 0 R (Z.le_refl 0)). rewrite Z.add_0_r. unfold znth; simpl. congruence.
Qed.

Lemma fast_bilinear_same {A} (S : scalar A) is_sum rel fits sx sy x y o : sums_well S is_sum ->
  (forall i k a, rel o i k = true -> fits o i a (znth k a) = true) ->
  fast_bilinear S rel fits sx sy x y o = sem_bilinear S rel sx sy x y o.
Proof.
  intros W H. apply sumL_same. intros i. rewrite (sumL_filter S is_sum W (rel o i)), filter_box; auto.
Qed.

(* Coordinates that are equal agree on each axis. *)
Lemma agrees_pick values on k a : ieqb values (pick on k) = true -> agrees values on a (znth k a) = true.
Proof.
  rewrite ieqb_eq. intros ->. unfold pick. induction on as [|b on IH]; simpl; auto. rewrite IH, andb_true_r.
  destruct (a =? b) eqn:E; simpl; auto. apply Z.eqb_eq in E; subst. apply Z.eqb_refl.
Qed.
Lemma skipn_both {X} (a b c : list X) : skipn (length a + length b) (a ++ b ++ c) = c.
Proof. rewrite app_assoc, <- app_length. induction (a ++ b); simpl; auto. Qed.
Lemma dot_rel_fits lb rb lc rc nl nr o i k a : dot_rel lb rb lc rc nl nr o i k = true ->
  dot_fits lb rb lc rc nl nr o i a (znth k a) = true.
Proof.
  unfold dot_rel, dot_fits. rewrite !andb_true_iff. intros [[B C] F]. apply ieqb_eq in F. subst o.
  replace (length lb + length (free_axes nl lb lc))%nat
    with (length (pick lb i) + length (pick (free_axes nl lb lc) i))%nat by (unfold pick; rewrite !map_length; auto).
  rewrite skipn_both. split; [split|]; apply agrees_pick; auto. apply ieqb_eq; auto.
Qed.
Lemma slidings_meet_fit l o i kernels k a : slidings_meet l o i (pick kernels k) = true ->
  sliding_fits_axis l o i kernels a (znth k a) = true.
Proof.
  revert o i kernels; induction l as [|s l IH]; intros [|p o] [|q i] [|b kernels]; simpl; auto.
  intros H. apply andb_prop in H as [M H]. rewrite (IH _ _ _ H), andb_true_r.
  destruct (a =? b) eqn:E; simpl; auto. apply Z.eqb_eq in E; subst; auto.
Qed.
Lemma conv_rel_fits c sx sk o i k a : conv_rel c sx sk o i k = true ->
  conv_fits c sx sk o i a (znth k a) = true.
Proof.
  unfold conv_rel, conv_fits. rewrite !andb_true_iff. intros [[[F _] _] M]. split.
  - destruct (a =? _) eqn:E; simpl; auto. apply Z.eqb_eq in E; subst; auto.
  - apply slidings_meet_fit; auto.
Qed.

(* The fast semantics is the semantics. *)
Theorem fast_sem_same {A} (S : scalar A) is_sum op ats rt vs o : sums_well S is_sum ->
  fast_sem S op ats rt vs o = sem S op ats rt vs o.
Proof.
  intros W. unfold fast_sem, sem, sem0. destruct op; auto;
    destruct (map snd ats) as [|sx [|sy [|? ?]]], vs as [|x [|y [|? ?]]]; auto;
    rewrite !tab_spec; destruct (inb (snd rt) o); auto; apply (fast_bilinear_same S is_sum); auto; intros i k a R.
  - apply dot_rel_fits; auto.
  - apply conv_rel_fits; auto.
Qed.
